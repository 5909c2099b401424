"""Chapter 9 as it is printed: generative models."""

import math

import numpy as np

from dlref.optim import gd_step


def autoencoder_loss(x, x_hat, /):
    r"""Loss of an autoencoder: the mean squared distance between inputs and reconstructions.

    Formula
    -------
    autoencoder-loss
        \mathcal{L}(\mathbf{x}, \hat{\mathbf{x}}) = \frac{1}{N} \sum_{i=1}^{N} \|\mathbf{x}_i - \hat{\mathbf{x}}_i\|^2
    where
        \mathbf{x}_i \in \mathbb{R}^d, \ i = 1, \dots, N
        \hat{\mathbf{x}}_i \in \mathbb{R}^d, \ i = 1, \dots, N
    gives
        \mathcal{L}(\mathbf{x}, \hat{\mathbf{x}}) \in \mathbb{R}_{\ge 0}
    """
    N, d = x.shape
    return 1 / N * sum(sum((x[i, j] - x_hat[i, j]) ** 2 for j in range(d)) for i in range(N))


def sample_diag_gaussian(mu, sigma, /, *, rng):
    r"""A sample of a Gaussian with independent components: the latent variable of a variational autoencoder.

    Formula
    -------
    vae-posterior
        \mathbf{z} \sim \mathcal{N}(\mu, \operatorname{diag}(\sigma^2))
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
    gives
        \mathbf{z} \in \mathbb{R}^J
    call
        sample_diag_gaussian(mu, sigma, rng=rng)
    """
    return reparameterize(mu, sigma, rng.standard_normal(len(mu)))


def reparameterize(mu, sigma, noise, /):
    r"""Reparameterization: a Gaussian sample as a differentiable function of mean, deviation and noise.

    Formula
    -------
    reparameterization
        \mathbf{z} = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim \mathcal{N}(0, \mathbf{I})
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_J)
    gives
        \mathbf{z} \in \mathbb{R}^J
    """
    J = len(mu)
    return np.array([mu[j] + sigma[j] * noise[j] for j in range(J)])


def elbo(p_x_given_z, q, prior, /):
    r"""Evidence lower bound of a latent variable with finitely many values: reconstruction minus divergence.

    Formula
    -------
    elbo
        \log p(\mathbf{x}) \geq \underbrace{\mathbb{E}_{q(\mathbf{z} \mid \mathbf{x})}[\log p(\mathbf{x} \mid \mathbf{z})]}_{(1)} - \underbrace{D_{\mathrm{KL}}(q(\mathbf{z} \mid \mathbf{x}) \,\|\, p(\mathbf{z}))}_{(2)}
    where
        p(\mathbf{x} \mid \mathbf{z}) \in (0, 1), \ \mathbf{z} = 1, \dots, K
        q(\mathbf{z} \mid \mathbf{x}) \in \Delta, \ \mathbf{z} = 1, \dots, K
        p(\mathbf{z}) \in \Delta, \ \mathbf{z} = 1, \dots, K
    gives
        \mathrm{ELBO} \in \mathbb{R}, \ \mathrm{ELBO} \leq \log p(\mathbf{x})
    with
        p(\mathbf{x}) = \sum_{\mathbf{z}=1}^{K} p(\mathbf{x} \mid \mathbf{z})\, p(\mathbf{z})
    """
    K = len(q)
    reconstruction = sum(q[z] * math.log(p_x_given_z[z]) for z in range(K))
    divergence = sum(q[z] * math.log(q[z] / prior[z]) for z in range(K))
    return reconstruction - divergence


def gaussian_kl(mu, sigma, /):
    r"""Divergence of a Gaussian with independent components from the standard normal distribution.

    Formula
    -------
    gaussian-kl
        D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \operatorname{diag}(\sigma^2)) \,\|\, \mathcal{N}(0, \mathbf{I}) \right) = \frac{1}{2} \sum_{j=1}^{J} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 \right)
    where
        \mu \in \mathbb{R}^J
        \sigma \in \mathbb{R}_{>0}^J
    gives
        D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \operatorname{diag}(\sigma^2)) \,\|\, \mathcal{N}(0, \mathbf{I}) \right) \in \mathbb{R}_{\ge 0}
    """
    J = len(mu)
    return 1 / 2 * sum(mu[j] ** 2 + sigma[j] ** 2 - math.log(sigma[j] ** 2) - 1 for j in range(J))


def gan_value(d_real, d_fake, /):
    r"""Value of the GAN game, which the discriminator raises and the generator lowers; from the discriminator's outputs.

    Formula
    -------
    gan-objective
        \min_{G} \max_{D} \ \underbrace{\mathbb{E}_{x \sim p_{\text{data}}}[\log D(x)]}_{(1)} + \underbrace{\mathbb{E}_{z \sim p_z}[\log(1 - D(G(z)))]}_{(2)}
    where
        D : \mathbb{R} \to (0, 1)
        x_i \in \mathbb{R}, \ i = 1, \dots, n
        G : \mathbb{R} \to \mathbb{R}
        z_i \in \mathbb{R}, \ i = 1, \dots, m
    gives
        \min_{G} \max_{D} \in \mathbb{R}_{<0}
    with
        p_{\text{data}} = \frac{1}{n} \sum_{i=1}^{n} \delta_{x_i}
        p_z = \frac{1}{m} \sum_{i=1}^{m} \delta_{z_i}
    call
        gan_value(D(x), D(G(z)))
    """
    n, m = len(d_real), len(d_fake)
    real = 1 / n * sum(math.log(d_real[i]) for i in range(n))
    fake = 1 / m * sum(math.log(1 - d_fake[i]) for i in range(m))
    return real + fake


def optimal_discriminator(p_data, p_g, /):
    r"""The best discriminator against a given generator, and the value of the game that it reaches.

    Formula
    -------
    optimal-discriminator
        D^{*}(x) = \frac{p_{\text{data}}(x)}{p_{\text{data}}(x) + p_g(x)}, \qquad V(D^{*}, G) = -\log 4 + 2\, D_{\mathrm{JS}}(p_{\text{data}} \| p_g)
    where
        p_{\text{data}}(x) \in \Delta, \ x = 1, \dots, K
        p_g(x) \in \Delta, \ x = 1, \dots, K
    gives
        D^{*}(x) \in (0, 1), \ x = 1, \dots, K
        V(D^{*}, G) \in \mathbb{R}_{\le 0}
    call
        optimal_discriminator(p_data, p_g), optimal_value(p_data, p_g)
    """
    K = len(p_data)
    return np.array([p_data[x] / (p_data[x] + p_g[x]) for x in range(K)])


def optimal_value(p_data, p_g, /):
    """Value of the GAN game with the best discriminator: both expectations, taken over the points."""
    K = len(p_data)
    d = optimal_discriminator(p_data, p_g)
    return sum(p_data[x] * math.log(d[x]) for x in range(K)) + sum(p_g[x] * math.log(1 - d[x]) for x in range(K))


def non_saturating_generator_loss(d_fake, /):
    r"""Loss of the generator whose gradient does not vanish while the discriminator wins.

    Formula
    -------
    non-saturating-loss
        L_G = -\mathbb{E}_{z \sim p_z}[\log D(G(z))]
    where
        D : \mathbb{R} \to (0, 1)
        G : \mathbb{R} \to \mathbb{R}
        z_i \in \mathbb{R}, \ i = 1, \dots, m
    gives
        L_G \in \mathbb{R}_{>0}
    with
        p_z = \frac{1}{m} \sum_{i=1}^{m} \delta_{z_i}
    call
        non_saturating_generator_loss(D(G(z)))
    """
    m = len(d_fake)
    return -(1 / m * sum(math.log(d_fake[i]) for i in range(m)))


def ascent_step(theta, grad, /, *, eta):
    r"""One step of gradient ascent, as the discriminator of a GAN makes it; the generator descends.

    Formula
    -------
    gan-alternating-update
        \theta_D \leftarrow \theta_D + \eta\, \nabla_{\theta_D} V(D, G), \qquad \theta_G \leftarrow \theta_G - \eta\, \nabla_{\theta_G} V(D, G)
    where
        \theta_D \in \mathbb{R}^d
        \nabla_{\theta_D} V(D, G) \in \mathbb{R}^d
        \eta \in \mathbb{R}_{>0}
        \theta_G \in \mathbb{R}^g
        \nabla_{\theta_G} V(D, G) \in \mathbb{R}^g
    gives
        \theta_D \in \mathbb{R}^d
        \theta_G \in \mathbb{R}^g
    call
        ascent_step(theta_d, grad_d, eta=eta), gd_step(theta_g, grad_g, eta=eta)
    """
    d = len(theta)
    return np.array([theta[j] + eta * grad[j] for j in range(d)])
