"""DCGAN in one dimension, then WGAN-GP with its second derivative."""

import torch
import torch.autograd as autograd
import torch.nn as nn
from torch.autograd import Variable

torch.manual_seed(999)
nz, ngf = 8, 8
netG = nn.Sequential(
    nn.ConvTranspose1d(nz, ngf * 2, 4, 1, 0, bias=False),
    nn.BatchNorm1d(ngf * 2),
    nn.ReLU(True),
    nn.ConvTranspose1d(ngf * 2, 1, 4, 2, 1, bias=False),
    nn.Tanh(),
)
netD = nn.Sequential(
    nn.Conv1d(1, ngf, 4, 2, 1, bias=False),
    nn.LeakyReLU(0.2, inplace=True),
    nn.Conv1d(ngf, ngf * 2, 4, 2, 1, bias=False),
    nn.BatchNorm1d(ngf * 2),
    nn.LeakyReLU(0.2, inplace=True),
    nn.Conv1d(ngf * 2, 1, 2, 1, 0, bias=False),
    nn.Sigmoid(),
)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        m.weight.data.normal_(1.0, 0.02)
        m.bias.data.fill_(0)


netG.apply(weights_init)
netD.apply(weights_init)
criterion = nn.BCELoss()
fixed_noise = torch.randn(4, nz, 1)
real_label, fake_label = 1.0, 0.0
optimizerD = torch.optim.Adam(netD.parameters(), lr=0.002, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=0.002, betas=(0.5, 0.999))
t = torch.linspace(0, 6.28, 8)
for i in range(12):
    real = torch.sin(t + torch.rand(16, 1) * 6.28).unsqueeze(1)
    netD.zero_grad()
    b_size = real.size(0)
    label = torch.full((b_size,), real_label, dtype=torch.float)
    output = netD(real).view(-1)
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.mean().item()
    noise = torch.randn(b_size, nz, 1)
    fake = netG(noise)
    label.fill_(fake_label)
    output = netD(fake.detach()).view(-1)
    errD_fake = criterion(output, label)
    errD_fake.backward()
    D_G_z1 = output.mean().item()
    errD = errD_real + errD_fake
    optimizerD.step()
    netG.zero_grad()
    label.fill_(real_label)
    output = netD(fake).view(-1)
    errG = criterion(output, label)
    errG.backward()
    D_G_z2 = output.mean().item()
    optimizerG.step()
    print("[%d] Loss_D: %.4f Loss_G: %.4f D(x): %.4f D(G(z)): %.4f / %.4f" % (i, errD, errG, D_x, D_G_z1, D_G_z2))
with torch.no_grad():
    print(netG(fixed_noise).detach().cpu()[0])

Tensor = torch.FloatTensor
generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16, 0.8), nn.LeakyReLU(0.2), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.Softplus(), nn.Linear(32, 1))
opt_G = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.9))
opt_D = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.9))


def compute_gradient_penalty(D, real_samples, fake_samples):
    alpha = torch.rand(real_samples.size(0), 1)
    interpolates = (alpha * real_samples + ((1 - alpha) * fake_samples)).requires_grad_(True)
    d_interpolates = D(interpolates)
    fake = Variable(Tensor(real_samples.shape[0], 1).fill_(1.0), requires_grad=False)
    gradients = autograd.grad(
        outputs=d_interpolates,
        inputs=interpolates,
        grad_outputs=fake,
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


for i in range(15):
    real_imgs = Variable(torch.randn(32, 2) * Tensor([0.5, 2.0]) + 1)
    opt_D.zero_grad()
    z = Variable(torch.randn(32, 4).type(Tensor))
    fake_imgs = generator(z)
    penalty = compute_gradient_penalty(critic, real_imgs.data, fake_imgs.data)
    d_loss = -torch.mean(critic(real_imgs)) + torch.mean(critic(fake_imgs.detach())) + 10 * penalty
    d_loss.backward()
    opt_D.step()
    opt_G.zero_grad()
    if i % 3 == 0:
        g_loss = -torch.mean(critic(generator(z)))
        g_loss.backward()
        opt_G.step()
        print(f"[Batch {i}] [D loss: {d_loss.item():.6f}] [G loss: {g_loss.item():.6f}] [GP {penalty.item():.6f}]")
