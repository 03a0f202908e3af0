"""torch as the reference: what it answers, tensors carried over to it and back, and how far two answers may part."""
