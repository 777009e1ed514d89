"""Actor-critic: a policy learns to balance a pole on a cart, a critic says what to expect.

The environment is the cart-pole of Barto, Sutton and Anderson (1983), sixteen of them at once, in
NumPy.  The actor follows the advantage: what came, less what the critic expected.
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HORIZON = 40
GAMMA = 0.9


class CartPoles:
    """`count` carts of 1 kg, each with a pole of 1 m and 0.1 kg; 0 pushes left and 1 right."""

    gravity, mass, pole_mass, half_length, force, tau = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02

    def __init__(self, count=16, seed=0):
        self.count = count
        self.rng = np.random.default_rng(seed)

    def reset(self):
        self.state = self.rng.uniform(-0.05, 0.05, size=(self.count, 4))
        self.state[:, 2:] *= 4
        return self.state.copy()

    def step(self, action):
        _, v, angle, spin = self.state.T
        force = np.where(action == 1, self.force, -self.force)
        total, moment = self.mass + self.pole_mass, self.pole_mass * self.half_length
        sin, cos = np.sin(angle), np.cos(angle)
        push = (force + moment * spin**2 * sin) / total
        angular = (self.gravity * sin - cos * push) / (
            self.half_length * (4 / 3 - self.pole_mass * cos**2 / total)
        )
        linear = push - moment * angular * cos / total
        rates = np.stack([v, linear, spin, angular], axis=1)
        self.state = self.state + self.tau * rates
        fallen = (np.abs(self.state[:, 0]) > 2.4) | (np.abs(self.state[:, 2]) > 0.21)
        reward = 1.0 - np.abs(self.state[:, 2]) / 0.21
        return self.state.copy(), reward, fallen


class ActorCritic(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.body = nn.Linear(4, hidden)
        self.action_head = nn.Linear(hidden, 2)
        self.value_head = nn.Linear(hidden, 1)
        self.register_buffer("scale", torch.tensor([1.0, 1.0, 5.0, 1.0]))

    def forward(self, state):
        h = torch.tanh(self.body(state * self.scale))
        return self.action_head(h), self.value_head(h).squeeze(-1)


def discounted(rewards, masks, bootstrap):
    """R_t = r_t + gamma R_{t+1}, from the last step back; a fallen pole ends the sum."""
    running, returns = bootstrap, []
    for reward, mask in zip(reversed(rewards), reversed(masks), strict=True):
        running = reward + GAMMA * running * mask
        returns.insert(0, running)
    return torch.stack(returns)


def rollout(env, model):
    """Plays HORIZON steps of every cart; a fallen pole stays down and counts no more."""
    state = torch.as_tensor(env.reset(), dtype=torch.get_default_dtype())
    alive = torch.ones(env.count, dtype=torch.bool)
    log_probs, values, entropies, rewards, masks, lived = [], [], [], [], [], []
    for _ in range(HORIZON):
        logits, value = model(state)
        probs = F.softmax(logits, dim=-1)
        log_p = F.log_softmax(logits, dim=-1)
        action = torch.multinomial(probs, num_samples=1)
        next_state, reward, fallen = env.step(action.squeeze(1).numpy())

        log_probs.append(log_p.gather(1, action).squeeze(1))
        entropies.append(-(probs * log_p).sum(dim=-1))
        values.append(value)
        lived.append(alive)
        alive = alive & ~torch.from_numpy(fallen)
        rewards.append(torch.as_tensor(reward, dtype=state.dtype) * lived[-1])
        masks.append(alive.to(state.dtype))
        state = torch.from_numpy(next_state).to(state.dtype)
    with torch.no_grad():
        _, bootstrap = model(state)
    returns = discounted(rewards, masks, bootstrap)
    return map(torch.stack, (log_probs, values, entropies, lived)), returns


def build():
    return ActorCritic()


def main(steps=40):
    env = CartPoles()
    model = build()
    optimizer = torch.optim.Adam(
        [
            {"params": [*model.body.parameters(), *model.action_head.parameters()]},
            {"params": model.value_head.parameters(), "lr": 3e-2},
        ],
        lr=1e-2,
    )
    losses = []
    for step in range(steps):
        (log_probs, values, entropies, lived), returns = rollout(env, model)
        advantage = (returns - values).detach()
        actor_loss = -(log_probs * advantage)[lived].mean()
        critic_loss = F.mse_loss(values[lived], returns[lived])
        entropy = entropies.masked_select(lived).mean()
        loss = actor_loss + 0.5 * critic_loss - 0.01 * entropy

        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 10 == 0 or step == steps - 1:
            length = lived.float().sum(dim=0).mean().item()
            print(f"step {step:3d}  loss {losses[-1]:.3f}  steps upright {length:.1f}/{HORIZON}")
    return losses


if __name__ == "__main__":
    main()
