"""Power spectra, read off sets of samples."""
