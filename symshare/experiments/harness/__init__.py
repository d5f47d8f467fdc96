"""The parts that all experiments share: jobs, training, files that are kept, published data."""
