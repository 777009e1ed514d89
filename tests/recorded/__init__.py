"""What PyTorch answered, kept, so that it can be compared with where PyTorch is not installed."""
