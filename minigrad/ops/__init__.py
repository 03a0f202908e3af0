"""Every derivative in the library, one family of ops a file, in seven wings.

elementwise  each element by itself, or two operands that broadcast
reduce       many elements to one, and running sums
shape        the same elements under another shape, in another order, joined or split
index        elements by position: reading, writing, searching, sorting
linalg       matrix products, inverses, decompositions
layers       convolution, pooling, normalisation, recurrence, attention, embedding, dropout, images
losses       how wrong a prediction is

Beside them: new tensors (``create``, ``random``, ``buffers``), their dtypes (``cast``, ``dtypes``), and what several
families share (``attributes``, ``checks``, ``returns``).
"""
