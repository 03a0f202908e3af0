"""Datasets of dicts and strings, an IterableDataset split among workers, pinned memory off, generators, worker seeds."""

import numpy as np
import torch
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    default_collate,
    get_worker_info,
    random_split,
)


class Faces(Dataset):
    def __init__(self, n, transform=None):
        self.n, self.transform = n, transform

    def __len__(self):
        return self.n

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        sample = {
            "image": np.full((4, 4, 3), idx, dtype=np.uint8),
            "landmarks": np.arange(4.0).reshape(2, 2) * idx,
            "name": f"face{idx}",
        }
        if self.transform:
            sample = self.transform(sample)
        return sample


class Rescale(object):
    def __init__(self, output_size):
        assert isinstance(output_size, (int, tuple))
        self.output_size = output_size

    def __call__(self, sample):
        s = self.output_size
        return {**sample, "image": sample["image"][:s, :s]}


class ToTensor(object):
    def __call__(self, sample):
        image, landmarks = sample["image"], sample["landmarks"]
        image = image.transpose((2, 0, 1))
        return {
            "image": torch.from_numpy(image.copy()),
            "landmarks": torch.from_numpy(landmarks),
            "name": sample["name"],
        }


class Compose:
    def __init__(self, ts):
        self.ts = ts

    def __call__(self, x):
        for t in self.ts:
            x = t(x)
        return x


torch.manual_seed(8)
faces = Faces(10, Compose([Rescale(2), ToTensor()]))
for i_batch, sample_batched in enumerate(DataLoader(faces, batch_size=4, shuffle=True, num_workers=0)):
    print(
        i_batch,
        sample_batched["image"].size(),
        sample_batched["image"].dtype,
        sample_batched["landmarks"].sum(),
        sample_batched["name"],
    )


class Stream(IterableDataset):
    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def __iter__(self):
        info = get_worker_info()
        if info is None:
            return iter(range(self.start, self.end))
        per = (self.end - self.start) // info.num_workers
        first = self.start + info.id * per
        return iter(range(first, min(first + per, self.end)))


print(list(DataLoader(Stream(3, 9), batch_size=2)))
print(list(DataLoader(Stream(3, 9), batch_size=2, num_workers=2)))


class Noise(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return torch.rand(1), i


g = torch.Generator()
g.manual_seed(0)


def seed_worker(worker_id):
    worker_seed = torch.initial_seed() % 2**32
    np.random.seed(worker_seed)


for values, order in DataLoader(
    Noise(), batch_size=3, shuffle=True, num_workers=2, worker_init_fn=seed_worker, generator=g
):
    print(values.flatten(), order)
parts = random_split(range(10), [0.5, 0.3, 0.2], generator=torch.Generator().manual_seed(42))
print([list(p) for p in parts], len(ConcatDataset(parts)))
print(default_collate([(1, {"a": 2.0}), (3, {"a": 4.0})]))
loader = DataLoader(faces, batch_size=3, drop_last=True, collate_fn=lambda b: len(b))
print(len(loader), list(loader), loader.batch_size, loader.dataset is faces)
it = iter(DataLoader(range(4)))
print(next(it), next(it), loader.drop_last, loader.num_workers)
