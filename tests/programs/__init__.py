"""Programs as people write them for PyTorch, which run here with only their imports changed."""
