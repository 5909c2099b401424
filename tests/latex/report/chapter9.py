"""Chapter 9 as it is printed: generative models."""

import math

import numpy as np

from dlref.optim import gd_step


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
