"""A denoising convolutional autoencoder, then the classic VAE, on made images."""

import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F

torch.manual_seed(0)
yy, xx = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
centres = torch.randint(3, 13, (64, 2))
images = torch.exp(-((yy[None] - centres[:, 0, None, None]) ** 2 + (xx[None] - centres[:, 1, None, None]) ** 2) / 8.0)
images = images.unsqueeze(1)
print(images.shape, images.mean(), images.std())


class ConvAutoencoder(nn.Module):
    def __init__(self):
        super(ConvAutoencoder, self).__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1),
            nn.ReLU(True),
            nn.Conv2d(8, 4, 3, stride=2, padding=1),
            nn.ReLU(True),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4, 8, 2, stride=2),
            nn.LeakyReLU(0.1),
            nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = ConvAutoencoder()
optimizer = optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9)
for epoch in range(4):
    for batch in images.split(16):
        noisy = torch.clamp(batch + 0.2 * torch.randn_like(batch), 0.0, 1.0)
        loss = F.mse_loss(model(noisy), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"AE epoch {epoch + 1}, loss {loss.item():.6f}")


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(256, 64)
        self.fc21 = nn.Linear(64, 5)
        self.fc22 = nn.Linear(64, 5)
        self.fc3 = nn.Linear(5, 64)
        self.fc4 = nn.Linear(64, 256)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 256))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 256), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


vae = VAE()
optimizer = optim.Adam(vae.parameters(), lr=1e-3)
loader = torch.utils.data.DataLoader(images, batch_size=16, shuffle=True)
for epoch in range(1, 6):
    vae.train()
    train_loss = 0
    for batch_idx, data in enumerate(loader):
        optimizer.zero_grad()
        recon_batch, mu, logvar = vae(data)
        loss = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print("====> Epoch: {} Average loss: {:.4f}".format(epoch, train_loss / len(loader.dataset)))
with torch.no_grad():
    sample = torch.randn(3, 5)
    sample = vae.decode(sample).cpu().view(3, 1, 16, 16)
    print(sample.mean(dim=(1, 2, 3)), sample.amax(), sample[0, 0, 7, :4])
