"""The lessons: each is one PyTorch program that both engines run, step by step beside each other."""
