"""The tensor tutorial from end to end: make, index, reshape, join, reduce, compare, convert."""

import numpy as np
import torch

torch.manual_seed(0)
print(torch.empty(2, 3).shape, torch.rand(2, 3), torch.zeros(2, 3, dtype=torch.long))
x = torch.tensor([5.5, 3])
x = x.new_ones(2, 3, dtype=torch.double)
print(x, torch.randn_like(x, dtype=torch.float))
print(x.size(), x.shape[0], x.dim(), x.ndim, x.numel(), x.dtype, x.device, x.layout)
y = torch.rand(2, 3)
print(x + y, torch.add(x, y), y.add_(x))
print(y[:, 1], y[0, ...], y[..., -1], y[y > 1.5], y[[0, 1], [2, 0]], y[None].shape)
z = torch.randn(4, 4)
print(z.view(16).size(), z.view(-1, 8).size(), z.t().is_contiguous(), z.T[0], z.reshape(2, -1).shape)
a = torch.ones(5)
b = a.numpy()
a.add_(1)
print(a, b)
n = np.ones(3)
t = torch.from_numpy(n)
np.add(n, 1, out=n)
print(t, t.dtype)
t1 = torch.cat([z, z, z], dim=1)
print(t1.shape, torch.stack([z, z]).shape, torch.chunk(z, 2, dim=0)[0].shape, [s.shape for s in torch.split(z, [1, 3])])
print(z @ z.T, torch.matmul(z, z[0]), z.mul(z).sum(), torch.einsum("ij,kj->ik", z, z)[0, :2])
print(z.sum(0), z.mean(dim=1, keepdim=True), z.max(), z.max(dim=1), z.argmax(), z.std(), z.var(dim=0), z.median())
print(z.abs().sort(descending=True, dim=1)[0][0], z.topk(2), z.clamp(min=0, max=0.5)[0], torch.where(z > 0, z, 0.0)[0])
print(z > 0, (z > 0).sum(), (z > 0).any(dim=1), torch.all(z > -10), torch.isnan(z).any())
print(torch.arange(0, 10, 2), torch.linspace(0, 1, 5), torch.eye(3), torch.full((2, 2), 7), torch.logspace(0, 2, 3))
print(torch.tensor(3.0).item(), torch.tensor([[1, 2], [3, 4]]).tolist(), float(torch.tensor(2)), int(torch.tensor(2.7)))
print(
    z.unsqueeze(0).shape,
    z[None, :, None].squeeze().shape,
    z.permute(1, 0).shape,
    z.transpose(0, 1).stride(),
    z.expand(2, 4, 4).shape,
)
print(
    torch.tensor([1, 2, 3]).repeat(2, 2),
    torch.tile(torch.tensor([1, 2]), (2,)),
    torch.tensor([1, 2]).repeat_interleave(2),
)
print(
    z.double().dtype,
    z.int()[0],
    z.long().dtype,
    z.bool().dtype,
    z.half().dtype,
    z.to(torch.float64).dtype,
    z.type(torch.IntTensor).dtype,
)
idx = torch.tensor([[0, 1], [2, 0], [1, 1], [3, 2]])
print(z.gather(1, idx), torch.zeros(4, 4).scatter_(1, idx, 1.0), torch.index_select(z, 0, torch.tensor([0, 2]))[:, 0])
print(
    torch.cumsum(torch.arange(5), dim=0),
    torch.prod(torch.tensor([1.0, 2, 3])),
    torch.unique(torch.tensor([3, 1, 1, 2])),
)
u, counts = torch.unique(torch.tensor([3, 1, 1, 2]), return_counts=True)
print(
    u, counts, torch.bincount(torch.tensor([0, 1, 1, 3])), torch.histc(torch.tensor([1.0, 2, 1]), bins=4, min=0, max=3)
)
print(torch.triu(torch.ones(3, 3), diagonal=1), torch.tril(torch.ones(3, 3)).bool(), torch.diag(torch.tensor([1, 2])))
print(torch.norm(z), z.norm(dim=1), torch.dist(z[0], z[1]), torch.dot(z[0], z[1]), torch.outer(z[0, :2], z[1, :2]))
print(torch.linalg.norm(z), torch.linalg.inv(z + 5 * torch.eye(4))[0], torch.det(z))
print(
    torch.equal(z, z.clone()),
    torch.allclose(z, z + 1e-9),
    torch.eq(z, z).all(),
    len(z),
    torch.is_tensor(z),
    isinstance(z, torch.Tensor),
)
print(
    torch.randint(0, 10, (3,)), torch.randperm(5), torch.normal(0.0, 1.0, (2,)), torch.bernoulli(torch.full((4,), 0.5))
)
print(
    torch.normal(mean=torch.arange(1.0, 4.0), std=0.1), torch.multinomial(torch.tensor([0.1, 0.9]), 3, replacement=True)
)
print(
    torch.meshgrid(torch.arange(2), torch.arange(2), indexing="xy"),
    torch.cartesian_prod(torch.arange(2), torch.arange(2)),
)
print(
    torch.finfo(torch.float32).eps, torch.iinfo(torch.int64).max, torch.get_default_dtype(), torch.Size([2, 3]).numel()
)
print(z.data_ptr() == z.view(-1).data_ptr(), z.detach().requires_grad, z.requires_grad_().requires_grad, z.grad)
w = torch.zeros(3, 3)
w[1] = 5
w[:, 2] = torch.tensor([1.0, 2, 3])
w[w == 5] = -1
w[0, 0] += 2
print(
    w,
    w.nonzero(),
    torch.nonzero(w, as_tuple=True),
    torch.count_nonzero(w),
    w.flip(0),
    torch.roll(w, 1, 0),
    torch.rot90(w),
)
print(
    torch.tensor(1) / 2,
    torch.tensor(7) // 2,
    torch.tensor(-7) % 3,
    2 ** torch.tensor([1.0, 2]),
    1 - torch.tensor([True]).int(),
    -torch.tensor([1.5]),
)
print(
    torch.floor_divide(torch.tensor([7, -7]), 2),
    torch.fmod(torch.tensor([-7.0]), 3),
    torch.remainder(torch.tensor([-7.0]), 3),
)
print(
    torch.tensor([1e-8, 1.0, 1e8]),
    torch.tensor([0.1, float("nan"), float("inf")]),
    torch.tensor([]),
    torch.tensor([[True, False]]),
)
torch.set_printoptions(precision=2, sci_mode=False)
print(torch.tensor([1e-3, 123.456]), torch.arange(2000))
torch.set_printoptions(profile="default")
print(torch.randn(2, 2, 2), torch.rand(30))
for row in z[:2].detach():
    print(row.tolist())
print(f"{z[0, 0]:.3f} {torch.tensor(5)} {torch.tensor(5):d} {torch.tensor(0.5):>8.2%}")
print(
    hash(z) == hash(z),
    z[0].tolist() == z.tolist()[0],
    bool(torch.tensor([1])),
    z.element_size(),
    z.nelement(),
    z.storage_offset(),
)
print(
    torch.cat((torch.tensor([1]), torch.tensor([2.5]))),
    torch.vstack((z[0], z[1])).shape,
    torch.hstack((z[0], z[1])).shape,
)
print(
    torch.as_tensor(np.arange(3)),
    torch.as_tensor([1.0]),
    np.asarray(torch.ones(2)),
    np.array([torch.tensor(1.0), torch.tensor(2.0)]),
)
print(
    z.detach().cpu().numpy().shape,
    torch.tensor(np.float32(1.5)),
    torch.tensor([np.int64(3)]),
    torch.__version__ is not None,
)
