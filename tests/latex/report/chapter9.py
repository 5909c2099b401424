"""Chapter 9 as it is printed: generative models."""

import math

import numpy as np

from dlref.optim import gd_step


def sample_gaussian(mu, sigma, noise, /):
    r"""A sample of the Gaussian model, or of the Gaussian of one class, from standard normal noise.

    Formula
    -------
    generative-sampling
        \hat{x} \sim p_{\theta}(x), \qquad \hat{x} \sim p_{\theta}(x \mid y)
    where
        \mu \in \mathbb{R}^d
        \sigma \in \mathbb{R}_{>0}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \mu_k \in \mathbb{R}^d, \ k = 0, \dots, K - 1
        y \in \{0, \dots, K - 1\}
        \sigma_k \in \mathbb{R}_{>0}^d, \ k = 0, \dots, K - 1
    gives
        \hat{x} \in \mathbb{R}^d
        \hat{x} \in \mathbb{R}^d
    with
        p_{\theta}(x) = \mathcal{N}(x; \mu, \operatorname{diag}(\sigma^2))
        p_{\theta}(x \mid y) = \mathcal{N}(x; \mu_y, \operatorname{diag}(\sigma_y^2))
    call
        sample_gaussian(mu, sigma, noise), sample_gaussian(mu_k[y], sigma_k[y], noise)
    """
    d = len(mu)
    return np.array([mu[j] + sigma[j] * noise[j] for j in range(d)])


def mean_log_likelihood(x, mu, sigma, /):
    r"""Mean log-likelihood of the Gaussian model: maximizing it is the same as minimizing the expected surprise.

    Formula
    -------
    maximum-likelihood
        \max_{\theta} \frac{1}{n} \sum_{i=1}^{n} \log p_{\theta}(x_i) \iff \min_{\theta} \left\{ -\mathbb{E}_{x \sim \hat{p}_{\text{data}}}\left[\log p_{\theta}(x)\right] \right\}
    call
        statement
    """
    n, d = x.shape
    log_p = np.zeros(n)
    for i in range(n):
        for j in range(d):
            log_p[i] -= (x[i, j] - mu[j]) ** 2 / (2 * sigma[j] ** 2) + math.log(2 * math.pi * sigma[j] ** 2) / 2
    return 1 / n * sum(log_p[i] for i in range(n))


def bayes_posterior(likelihood, prior, /):
    r"""Bayes' rule: the probability of each class after the data are seen.

    Formula
    -------
    bayes-rule
        p(y \mid x) = \frac{p(x \mid y)\, p(y)}{\sum_{y'} p(x \mid y')\, p(y')}
    where
        p(x \mid y) \in \mathbb{R}_{>0}, \ y = 1, \dots, K
        p(y) \in \Delta, \ y = 1, \dots, K
    gives
        p(y \mid x) \in \Delta, \ y = 1, \dots, K
    with
        y' = 1, \dots, K
    """
    K = len(prior)
    return np.array([likelihood[y] * prior[y] / sum(likelihood[k] * prior[k] for k in range(K)) for y in range(K)])


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


def sequence_prob(x, conditionals, /):
    r"""Probability of a sequence as a product: of each element, given the elements before it.

    Formula
    -------
    autoregressive-factorization
        p(\mathbf{x}) = \prod_{t=1}^{T} p(x_t \mid x_1, x_2, \dots, x_{t-1})
    where
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T
        p(k \mid x_1, x_2, \dots, x_{t-1}) \in \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
    gives
        p(\mathbf{x}) \in [0, 1]
    """
    T = len(x)
    return math.prod(conditionals[t, x[t]] for t in range(T))


def sample_token(p, u, /):
    r"""One draw from each row of probabilities, by inversion of a number that is uniform in [0, 1).

    Formula
    -------
    ancestral-sampling
        x_t \sim p_{\theta}(x_t \mid x_{<t}), \qquad t = 1, \dots, T
    where
        p_{\theta}(k \mid x_{<t}) \in \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
        u_t \sim \mathcal{U}(0, 1), \ t = 1, \dots, T
    gives
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T
    """
    T, V = p.shape
    x = np.zeros(T, dtype=int)
    for t in range(T):
        below = p[t, 0]  # the probability of the tokens up to x[t]
        while u[t] >= below and x[t] < V - 1:
            x[t] += 1
            below += p[t, x[t]]
    return x


def nll(x, log_probs, /):
    r"""Negative log-likelihood of a sequence: the sum of the surprises at its elements.

    Formula
    -------
    autoregressive-nll
        \mathcal{L}(\theta) = -\sum_{t=1}^{T} \log p_{\theta}(x_t \mid x_{<t})
    where
        x_t \in \{0, \dots, V - 1\}, \ t = 1, \dots, T
        \log p_{\theta}(k \mid x_{<t}) \in \log \Delta, \ t = 1, \dots, T, \ k = 0, \dots, V - 1
    gives
        \mathcal{L}(\theta) \in \mathbb{R}_{\ge 0}
    """
    T = len(x)
    return -sum(log_probs[t, x[t]] for t in range(T))


def alphas(betas, /):
    r"""Schedule of a diffusion: what each step keeps, and what all steps up to a time keep together.

    Formula
    -------
    diffusion-schedule
        \alpha_t = 1 - \beta_t, \qquad \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s, \qquad \bar{\alpha}_0 = 1
    where
        \beta_t \in (0, 1), \ t = 1, \dots, T
    gives
        \alpha_t \in (0, 1), \ t = 1, \dots, T
        \bar{\alpha}_t \in (0, 1], \ t = 0, \dots, T
    call
        alphas(betas), alpha_bars(betas)
    """
    T = len(betas)
    return np.array([1 - betas[t] for t in range(T)])


def alpha_bars(betas, /):
    """What all steps up to a time keep together: index t of the result belongs to time t, and nothing is lost at time 0."""
    T = len(betas)
    alpha = alphas(betas)
    return np.array([math.prod(alpha[s] for s in range(t)) for t in range(T + 1)])


def forward_step(x_prev, noise, /, *, beta):
    r"""One step of the forward diffusion: the signal shrinks a little, a little noise is added.

    Formula
    -------
    diffusion-forward
        q(x_t \mid x_{t-1}) = \mathcal{N}\left(x_t; \sqrt{1 - \beta_t}\, x_{t-1}, \beta_t \mathbf{I}\right)
    where
        x_{t-1} \in \mathbb{R}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_t \in (0, 1)
    gives
        x_t \in \mathbb{R}^d
    call
        forward_step(x_prev, noise, beta=beta)
    """
    d = len(x_prev)
    return np.array([math.sqrt(1 - beta) * x_prev[j] + math.sqrt(beta) * noise[j] for j in range(d)])


def reverse_step(mu, sigma, noise, /):
    r"""One step of the reverse diffusion: from the mean and the deviation that the network computes at (x_t, t).

    Formula
    -------
    diffusion-reverse
        p_{\theta}(x_{t-1} \mid x_t) = \mathcal{N}\left(x_{t-1}; \mu_{\theta}(x_t, t), \sigma_{\theta}^2(x_t, t)\, \mathbf{I}\right)
    where
        \mu_{\theta}(x_t, t) \in \mathbb{R}^d
        \sigma_{\theta}(x_t, t) \in \mathbb{R}_{>0}
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \sigma_{\theta}^2(x_t, t) = (\sigma_{\theta}(x_t, t))^2
    """
    d = len(mu)
    return np.array([mu[j] + sigma * noise[j] for j in range(d)])


def sample_xt(x0, noise, betas, /, *, t):
    r"""The noisy state at a time, in one step from the clean data.

    Formula
    -------
    diffusion-closed-form
        q(x_t \mid x_0) = \mathcal{N}\left(x_t; \sqrt{\bar{\alpha}_t}\, x_0, (1 - \bar{\alpha}_t) \mathbf{I}\right), \qquad
        \bar{\alpha}_t = \prod_{s=1}^{t} (1 - \beta_s)
    where
        x_0 \in \mathbb{R}^d
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_s \in (0, 1), \ s = 1, \dots, T
        t \in \{1, \dots, T\}
    gives
        x_t \in \mathbb{R}^d
    call
        sample_xt(x0, noise, betas, t=t)
    """
    d = len(x0)
    alpha_bar = math.prod(1 - betas[s - 1] for s in range(1, t + 1))
    return np.array([math.sqrt(alpha_bar) * x0[j] + math.sqrt(1 - alpha_bar) * noise[j] for j in range(d)])


def posterior_mean(x0, x_t, betas, /, *, t):
    r"""Mean and variance of the state before, where both the clean data and the noisy state are known.

    Formula
    -------
    diffusion-posterior
        q(x_{t-1} \mid x_t, x_0) = \mathcal{N}\left(x_{t-1}; \frac{\sqrt{\bar{\alpha}_{t-1}} \beta_t}{1 - \bar{\alpha}_t} x_0 + \frac{\sqrt{\alpha_t} (1 - \bar{\alpha}_{t-1})}{1 - \bar{\alpha}_t} x_t, \ \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \beta_t \mathbf{I}\right)
    where
        x_0 \in \mathbb{R}^d
        x_t \in \mathbb{R}^d
        \beta_s \in (0, 1), \ s = 1, \dots, T
        t \in \{1, \dots, T\}
        \epsilon \sim \mathcal{N}(0, \mathbf{I}_d)
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \alpha_t = 1 - \beta_t
        \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s
    call
        posterior_mean(x0, x_t, betas, t=t) + posterior_variance(betas, t=t) ** 0.5 * noise
    """
    d = len(x0)
    alpha, alpha_bar, beta = alphas(betas)[t - 1], alpha_bars(betas), betas[t - 1]
    mean = np.zeros(d)
    for j in range(d):
        mean[j] = math.sqrt(alpha_bar[t - 1]) * beta / (1 - alpha_bar[t]) * x0[j]
        mean[j] += math.sqrt(alpha) * (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t]) * x_t[j]
    return mean


def posterior_variance(betas, /, *, t):
    """Variance of the state before, where the clean data and the noisy state are known; 0 at the first time."""
    alpha_bar = alpha_bars(betas)
    return (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t]) * betas[t - 1]


def simple_loss(eps_fn, x0, noise, t, betas, /):
    r"""Simple loss of a diffusion model: the squared error of the noise that the network guesses, averaged over the batch.

    Formula
    -------
    diffusion-loss
        L_{\text{simple}} = \mathbb{E}_{t, x_0, \epsilon}\left[ \left\| \epsilon - \epsilon_{\theta}\left( \sqrt{\bar{\alpha}_t}\, x_0 + \sqrt{1 - \bar{\alpha}_t}\, \epsilon, t \right) \right\|^2 \right]
    where
        \epsilon_{\theta} : \mathbb{R}^d \times \mathbb{R} \to \mathbb{R}^d
        x_{0,i} \in \mathbb{R}^d, \ i = 1, \dots, n
        \epsilon_i \in \mathbb{R}^d, \ i = 1, \dots, n
        t_i \in \{1, \dots, T\}, \ i = 1, \dots, n
        \beta_s \in (0, 1), \ s = 1, \dots, T
    gives
        L_{\text{simple}} \in \mathbb{R}_{\ge 0}
    with
        (t, x_0, \epsilon) \sim \frac{1}{n} \sum_{i=1}^{n} \delta_{(t_i, x_{0,i}, \epsilon_i)}
        \bar{\alpha}_t = \prod_{s=1}^{t} (1 - \beta_s)
    """
    n, d = x0.shape
    errors = np.zeros(n)
    for i in range(n):
        x_t = sample_xt(x0[i], noise[i], betas, t=t[i])
        guess = eps_fn(x_t, t[i])
        errors[i] = sum((noise[i, j] - guess[j]) ** 2 for j in range(d))
    return 1 / n * sum(errors[i] for i in range(n))


def ddpm_step(x_t, eps_hat, noise, betas, sigmas, /, *, t):
    r"""One step of DDPM sampling: the guessed noise is taken out, fresh noise is put in; none at the last step, where t is 1.

    Formula
    -------
    ddpm-sampling
        x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{\beta_t}{\sqrt{1 - \bar{\alpha}_t}}\, \epsilon_{\theta}(x_t, t) \right) + \sigma_t z, \qquad z \sim \mathcal{N}(0, \mathbf{I})
    where
        x_t \in \mathbb{R}^d
        \epsilon_{\theta}(x_t, t) \in \mathbb{R}^d
        z \sim \mathcal{N}(0, \mathbf{I}_d)
        \beta_s \in (0, 1), \ s = 1, \dots, T
        \sigma_s \in \mathbb{R}_{\ge 0}, \ s = 1, \dots, T
        t \in \{2, \dots, T\}
    gives
        x_{t-1} \in \mathbb{R}^d
    with
        \alpha_t = 1 - \beta_t
        \bar{\alpha}_t = \prod_{s=1}^{t} \alpha_s
    call
        ddpm_step(x_t, eps_hat, noise, betas, sigmas, t=t)
    """
    d = len(x_t)
    alpha, alpha_bar, beta = alphas(betas)[t - 1], alpha_bars(betas)[t], betas[t - 1]
    x_prev = np.zeros(d)
    for j in range(d):
        x_prev[j] = 1 / math.sqrt(alpha) * (x_t[j] - beta / math.sqrt(1 - alpha_bar) * eps_hat[j])
        if t > 1:
            x_prev[j] += sigmas[t - 1] * noise[j]
    return x_prev
