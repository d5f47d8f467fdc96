"""The command line of symshare."""
