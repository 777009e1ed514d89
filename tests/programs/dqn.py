"""Deep Q-learning (Mnih and others, 2015): how to walk a corridor with a hole in it.

A replay memory, a target network that follows slowly, the Huber loss, and actions that are at times
chosen at random, less and less often.
"""

import math
import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))

BATCH_SIZE = 32
GAMMA = 0.9
EPS_START, EPS_END, EPS_DECAY = 1.0, 0.1, 60
TAU = 0.1
LR = 1e-2


class ReplayMemory:
    def __init__(self, capacity, seed=0):
        self.memory = deque(maxlen=capacity)
        self.rng = random.Random(seed)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size):
        return self.rng.sample(self.memory, batch_size)

    def __len__(self):
        return len(self.memory)


class Corridor:
    """Places 0 to 7; start at 2.  Left, right, or leap two to the right; 4 is a hole, 7 the exit."""

    length, hole, moves = 8, 4, (-1, +1, +2)

    def reset(self):
        self.place = 2
        return self.observe()

    def observe(self):
        return F.one_hot(torch.tensor(self.place), self.length).to(torch.get_default_dtype())

    def step(self, action):
        self.place = min(max(self.place + self.moves[action], 0), self.length - 1)
        if self.place == self.hole:
            return None, -1.0
        if self.place == self.length - 1:
            return None, 1.0
        return self.observe(), -0.02


class DQN(nn.Module):
    def __init__(self, n_observations, n_actions, hidden=24):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, hidden)
        self.layer2 = nn.Linear(hidden, hidden)
        self.layer3 = nn.Linear(hidden, n_actions)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


class Agent:
    def __init__(self, policy_net, seed=0):
        self.policy_net = policy_net
        self.rng = random.Random(seed)
        self.steps_done = 0

    def select_action(self, state):
        threshold = EPS_END + (EPS_START - EPS_END) * math.exp(-self.steps_done / EPS_DECAY)
        self.steps_done += 1
        if self.rng.random() > threshold:
            with torch.no_grad():
                return self.policy_net(state).max(1).indices.view(1, 1)
        return torch.tensor([[self.rng.randrange(3)]], dtype=torch.long)


def optimize_model(policy_net, target_net, memory, optimizer):
    batch = Transition(*zip(*memory.sample(BATCH_SIZE), strict=True))
    non_final_mask = torch.tensor(
        tuple(map(lambda s: s is not None, batch.next_state)),  # noqa: C417
        dtype=torch.bool,
    )
    non_final_next_states = torch.cat([s for s in batch.next_state if s is not None])
    state_batch = torch.cat(batch.state)
    action_batch = torch.cat(batch.action)
    reward_batch = torch.cat(batch.reward)

    state_action_values = policy_net(state_batch).gather(1, action_batch)
    next_state_values = torch.zeros(BATCH_SIZE)
    with torch.no_grad():
        next_state_values[non_final_mask] = target_net(non_final_next_states).max(1).values
    expected = (next_state_values * GAMMA) + reward_batch

    loss = nn.SmoothL1Loss()(state_action_values, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 1)
    optimizer.step()
    return loss.item()


def build():
    return DQN(Corridor.length, len(Corridor.moves))


def main(steps=120):
    env = Corridor()
    policy_net = build()
    target_net = DQN(Corridor.length, len(Corridor.moves))
    target_net.load_state_dict(policy_net.state_dict())
    optimizer = optim.AdamW(policy_net.parameters(), lr=LR, amsgrad=True)
    memory, agent = ReplayMemory(500), Agent(policy_net)

    losses, state = [], env.reset().unsqueeze(0)
    while len(losses) < steps:
        action = agent.select_action(state)
        observation, reward = env.step(action.item())
        next_state = None if observation is None else observation.unsqueeze(0)
        memory.push(state, action, next_state, torch.tensor([reward]))
        state = env.reset().unsqueeze(0) if next_state is None else next_state
        if len(memory) < BATCH_SIZE:
            continue
        losses.append(optimize_model(policy_net, target_net, memory, optimizer))

        target_state, policy_state = target_net.state_dict(), policy_net.state_dict()
        for key in policy_state:
            target_state[key] = policy_state[key] * TAU + target_state[key] * (1 - TAU)
        target_net.load_state_dict(target_state)

    with torch.no_grad():
        best = policy_net(torch.eye(Corridor.length)).argmax(dim=1).tolist()
    print("best moves:", "".join("<>»"[move] for move in best[: Corridor.hole]))
    return losses


if __name__ == "__main__":
    main()
