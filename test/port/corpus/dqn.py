"""Deep Q-network on a corridor: replay memory, target network, epsilon-greedy actions."""
import random
from collections import deque

import numpy as np
import tensorflow as tf

GAMMA = 0.9
REPLAY_SIZE = 200
BATCH_SIZE = 8
STATES = 5


class Corridor(object):
    """Walk right to the end."""
    n_actions = 2

    def reset(self):
        self.at = 0
        return self._state()

    def _state(self):
        s = np.zeros(STATES)
        s[self.at] = 1.
        return s

    def step(self, action):
        self.at = max(0, min(STATES - 1, self.at + (1 if action == 1 else -1)))
        done = self.at == STATES - 1
        reward = 1. if done else -0.01
        return self._state(), reward, done, {}


class DQN():
    def __init__(self, env, hidden=10):
        self.replay_buffer = deque()
        self.time_step = 0
        self.epsilon = 0.9
        self.state_dim = STATES
        self.action_dim = env.n_actions
        self.hidden = hidden
        self.state_input, self.Q_value = self.create_network('eval')
        self.target_input, self.target_Q = self.create_network('target')
        e_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope='eval')
        t_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope='target')
        self.replace_op = [tf.assign(t, e) for t, e in zip(t_params, e_params)]
        self.create_training_method()
        self.session = tf.InteractiveSession()
        self.session.run(tf.global_variables_initializer())

    def create_network(self, name):
        with tf.variable_scope(name):
            state = tf.placeholder("float", [None, self.state_dim])
            w1 = tf.get_variable('w1', [self.state_dim, self.hidden], initializer=tf.random_normal_initializer(0., 0.3, seed=1))
            b1 = tf.get_variable('b1', [self.hidden], initializer=tf.constant_initializer(0.01))
            w2 = tf.get_variable('w2', [self.hidden, self.action_dim], initializer=tf.random_normal_initializer(0., 0.3, seed=2))
            h = tf.nn.relu(tf.matmul(state, w1) + b1)
            q = tf.matmul(h, w2)
        return state, q

    def create_training_method(self):
        self.action_input = tf.placeholder("float", [None, self.action_dim])
        self.y_input = tf.placeholder("float", [None])
        Q_action = tf.reduce_sum(tf.multiply(self.Q_value, self.action_input), reduction_indices=1)
        self.cost = tf.reduce_mean(tf.square(self.y_input - Q_action))
        self.optimizer = tf.train.AdamOptimizer(0.01).minimize(self.cost)

    def perceive(self, state, action, reward, next_state, done):
        one_hot_action = np.zeros(self.action_dim)
        one_hot_action[action] = 1
        self.replay_buffer.append((state, one_hot_action, reward, next_state, done))
        if len(self.replay_buffer) > REPLAY_SIZE:
            self.replay_buffer.popleft()
        if len(self.replay_buffer) > BATCH_SIZE:
            self.train_Q_network()

    def train_Q_network(self):
        self.time_step += 1
        # Step 1: obtain random minibatch from replay memory
        minibatch = random.sample(self.replay_buffer, BATCH_SIZE)
        state_batch = [data[0] for data in minibatch]
        action_batch = [data[1] for data in minibatch]
        reward_batch = [data[2] for data in minibatch]
        next_state_batch = [data[3] for data in minibatch]
        # Step 2: calculate y
        y_batch = []
        Q_value_batch = self.target_Q.eval(feed_dict={self.target_input: next_state_batch})
        for i in range(0, BATCH_SIZE):
            done = minibatch[i][4]
            if done:
                y_batch.append(reward_batch[i])
            else:
                y_batch.append(reward_batch[i] + GAMMA * np.max(Q_value_batch[i]))
        self.optimizer.run(feed_dict={self.y_input: y_batch, self.action_input: action_batch, self.state_input: state_batch})
        if self.time_step % 10 == 0:
            self.session.run(self.replace_op)

    def egreedy_action(self, state):
        Q_value = self.Q_value.eval(feed_dict={self.state_input: [state]})[0]
        self.epsilon = max(0.05, self.epsilon - 0.005)
        if random.random() <= self.epsilon:
            return random.randint(0, self.action_dim - 1)
        else:
            return np.argmax(Q_value)


def main():
    random.seed(1)
    np.random.seed(1)
    env = Corridor()
    agent = DQN(env)
    total = 0.
    for episode in range(12):
        state = env.reset()
        for step in range(20):
            action = agent.egreedy_action(state)
            next_state, reward, done, _ = env.step(action)
            agent.perceive(state, action, reward, next_state, done)
            state = next_state
            total += reward
            if done:
                break
    print('episodes: 12, learned %d steps, reward %s' % (agent.time_step, total > 0))
    assert agent.time_step > 20


main()
