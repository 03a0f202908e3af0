"""What layers compute: convolution, pooling, normalisation, recurrence, attention, embedding, dropout, images."""
