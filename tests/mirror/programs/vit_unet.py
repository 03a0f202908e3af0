"""Vision shapes: a patch embedding ViT with einsum heads, a small U-Net with skip connections and Dice, style gram matrices."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(21)


class PatchEmbed(nn.Module):
    def __init__(self, size=16, patch=4, dim=24):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, kernel_size=patch, stride=patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.normal_(self.cls_token, std=1e-6)

    def forward(self, x):
        x = self.proj(x).flatten(2).transpose(1, 2)
        cls = self.cls_token.expand(x.shape[0], -1, -1)
        return torch.cat((cls, x), dim=1) + self.pos_embed


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3, bias=True)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        attn = torch.einsum("bhid,bhjd->bhij", q, k) * self.scale
        attn = attn.softmax(dim=-1)
        x = torch.einsum("bhij,bhjd->bihd", attn, v).reshape(B, N, C)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, C)
        assert torch.allclose(x, y, atol=1e-5)
        return self.proj(x)


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.p == 0.0 or not self.training:
            return x
        keep = 1 - self.p
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        mask = x.new_empty(shape).bernoulli_(keep)
        return x * mask.div_(keep)


class Block(nn.Module):
    def __init__(self, dim, heads, p):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.mlp = nn.Sequential(
            nn.Linear(dim, dim * 2), nn.GELU(approximate="tanh"), nn.Dropout(0.1), nn.Linear(dim * 2, dim)
        )
        self.drop_path = DropPath(p) if p > 0.0 else nn.Identity()
        self.gamma = nn.Parameter(0.1 * torch.ones(dim), requires_grad=True)

    def forward(self, x):
        x = x + self.drop_path(self.gamma * self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class ViT(nn.Module):
    def __init__(self, depth=2, dim=24, classes=5):
        super().__init__()
        self.patch_embed = PatchEmbed(dim=dim)
        rates = [x.item() for x in torch.linspace(0, 0.2, depth)]
        self.blocks = nn.Sequential(*[Block(dim, 3, r) for r in rates])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.patch_embed(x)))[:, 0])


vit = ViT()
decay, no_decay = [], []
for name, p in vit.named_parameters():
    (no_decay if p.ndim <= 1 or name.endswith(("bias", "pos_embed", "cls_token")) else decay).append(p)
opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}], lr=2e-3)
warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 3) * 0.5 * (1 + math.cos(math.pi * s / 10)))
images, labels = torch.randn(20, 3, 16, 16), torch.randint(5, (20,))
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
for step in range(8):
    idx = torch.randperm(20)[:10]
    loss = loss_fn(vit(images[idx]), labels[idx])
    opt.zero_grad()
    loss.backward()
    total = torch.stack([p.grad.detach().pow(2).sum() for p in vit.parameters()]).sum().sqrt()
    opt.step()
    warm.step()
    print(step, f"{loss.item():.6f} {total.item():.6f} {warm.get_last_lr()[0]:.6f}")
print(vit.blocks[1], len(decay), len(no_decay))
scores = vit.eval()(images)
print(torch.topk(scores.softmax(-1), 2, dim=-1).values[:2], scores.logsumexp(-1).mean())


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1),
        nn.InstanceNorm2d(o, affine=True),
        nn.ELU(inplace=True),
        nn.Conv2d(o, o, 3, padding=1),
        nn.BatchNorm2d(o),
        nn.ReLU6(),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.mid = double_conv(1, 4), double_conv(4, 8), double_conv(8, 16)
        self.up2 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.dec2 = double_conv(16, 8)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.dec1 = double_conv(12, 4)
        self.final = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.mid(F.avg_pool2d(b, 2))
        y = self.up2(c)
        dy, dx = b.size(2) - y.size(2), b.size(3) - y.size(3)
        y = F.pad(y, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        y = self.dec2(torch.cat([b, y], dim=1))
        y = self.up1(y)
        y = F.interpolate(y, size=a.shape[-2:], mode="nearest")
        return self.final(self.dec1(torch.cat([a, y], 1)))


def dice_loss(logits, target, smooth=1.0):
    p = torch.sigmoid(logits).flatten(1)
    t = target.flatten(1)
    return 1 - ((2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)).mean()


net = UNet()
opt = torch.optim.NAdam(net.parameters(), lr=5e-3)
grid = torch.stack(torch.meshgrid(torch.linspace(-1, 1, 14), torch.linspace(-1, 1, 14), indexing="ij"))
target = (grid.pow(2).sum(0) < 0.4).to(torch.get_default_dtype())[None, None].repeat(3, 1, 1, 1)
x = target + 0.3 * torch.randn(3, 1, 14, 14)
for i in range(5):
    opt.zero_grad()
    out = net(x)
    loss = F.binary_cross_entropy_with_logits(out, target) + dice_loss(out, target)
    loss.backward()
    opt.step()
    print(i, loss.item(), ((out > 0) == (target > 0.5)).double().mean().item())


def gram_matrix(input):
    a, b, c, d = input.size()
    features = input.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


img = torch.rand(1, 3, 8, 8)
input_img = img.clone().requires_grad_(True)
content, style = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
opt = torch.optim.LBFGS([input_img])
run = [0]
while run[0] <= 8:

    def closure():
        with torch.no_grad():
            input_img.clamp_(0, 1)
        opt.zero_grad()
        loss = F.mse_loss(input_img, content) + 10 * F.mse_loss(gram_matrix(input_img), gram_matrix(style).detach())
        loss.backward()
        run[0] += 1
        if run[0] % 4 == 0:
            print(run, loss.item())
        return loss

    opt.step(closure)
