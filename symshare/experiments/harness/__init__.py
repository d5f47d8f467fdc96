"""What every experiment runs on: jobs, training, files that are kept, published data."""
