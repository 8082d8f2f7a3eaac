"""A vector quantizer in the manner of VQ-VAE and VQGAN: an embedding, distances written out, a method that looks codes up."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class VectorQuantizer(nn.Module):
    """Puts the nearest code in the place of each vector."""

    def __init__(self, n_e, e_dim, beta=0.25):
        super().__init__()
        self.n_e, self.e_dim, self.beta = n_e, e_dim, beta
        self.embedding = nn.Embedding(self.n_e, self.e_dim)
        self.embedding.weight.data.uniform_(-1.0 / self.n_e, 1.0 / self.n_e)

    def forward(self, z):
        """Returns the codes, the loss of codes and encoder, and which codes they are."""
        flat = z.view(-1, self.e_dim)
        d = torch.sum(flat ** 2, dim=1, keepdim=True) + \
            torch.sum(self.embedding.weight ** 2, dim=1) - 2 * \
            torch.matmul(flat, self.embedding.weight.t())
        indices = torch.argmin(d, dim=1)
        z_q = self.embedding(indices).view(z.shape)
        loss = torch.mean((z_q - z.detach()) ** 2) + self.beta * torch.mean((z_q.detach() - z) ** 2)
        z_q = z + (z_q - z).detach()
        return z_q, loss, indices

    def get_codebook_entry(self, indices):
        return self.embedding(indices)


quantizer = VectorQuantizer(64, 8)
