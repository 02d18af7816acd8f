"""REINFORCE on a small corridor: the agent learns to walk right.

Written as the policy-gradient tutorials are: an Agent class with scopes,
a Brain that keeps episodes in lists, discounted and normalised rewards.
"""
import numpy as np
import tensorflow as tf

# reproducible
np.random.seed(1)
tf.set_random_seed(1)

GAMMA = 0.95
MAX_STEPS = 12


class Corridor(object):
    """Five cells; the last one gives the reward."""
    n_actions = 2
    n_features = 5

    def __init__(self):
        self.position = 0

    def reset(self):
        self.position = 2
        return self._observe()

    def _observe(self):
        state = np.zeros(self.n_features, dtype=np.float32)
        state[self.position] = 1.0
        return state

    def step(self, action):
        if action == 1:
            self.position += 1
        else:
            self.position -= 1
        self.position = max(0, min(self.position, self.n_features - 1))
        done = self.position == self.n_features - 1
        reward = 1.0 if done else -0.1
        return self._observe(), reward, done, {}


class PolicyGradient:
    def __init__(self,
                 n_actions,
                 n_features,
                 learning_rate=0.01,
                 reward_decay=0.95,
                 output_graph=False):
        self.n_actions = n_actions
        self.n_features = n_features
        self.lr = learning_rate
        self.gamma = reward_decay

        self.ep_obs, self.ep_as, self.ep_rs = [], [], []

        self._build_net()

        self.sess = tf.Session()
        if output_graph:
            print('%d nodes' % len(self.sess.graph.get_operations()))
        self.sess.run(tf.global_variables_initializer())

    def _build_net(self):
        with tf.name_scope('inputs'):
            self.tf_obs = tf.placeholder(tf.float32, [None, self.n_features], name="observations")
            self.tf_acts = tf.placeholder(tf.int32, [None, ], name="actions_num")
            self.tf_vt = tf.placeholder(tf.float32, [None, ], name="actions_value")
        # fc1
        layer = tf.layers.dense(
            inputs=self.tf_obs,
            units=6,
            activation=tf.nn.tanh,  # tanh activation
            kernel_initializer=tf.random_normal_initializer(mean=0, stddev=0.3, seed=2),
            bias_initializer=tf.constant_initializer(0.1),
            name='fc1'
        )
        # fc2
        all_act = tf.layers.dense(
            inputs=layer,
            units=self.n_actions,
            activation=None,
            kernel_initializer=tf.random_normal_initializer(mean=0, stddev=0.3, seed=3),
            bias_initializer=tf.constant_initializer(0.1),
            name='fc2'
        )

        self.all_act_prob = tf.nn.softmax(all_act, name='act_prob')  # use softmax to convert to probability

        with tf.name_scope('loss'):
            # to maximize total reward (log_p * R) is to minimize -(log_p * R)
            neg_log_prob = tf.reduce_sum(-tf.log(self.all_act_prob) * tf.one_hot(self.tf_acts, self.n_actions), axis=1)
            loss = tf.reduce_mean(neg_log_prob * self.tf_vt)  # reward guided loss

        with tf.name_scope('train'):
            self.train_op = tf.train.AdamOptimizer(self.lr).minimize(loss)

    def choose_action(self, observation):
        prob_weights = self.sess.run(self.all_act_prob, feed_dict={self.tf_obs: observation[np.newaxis, :]})
        # select action w.r.t the actions prob
        action = 1 if np.random.rand() < prob_weights[0, 1] else 0
        return action

    def store_transition(self, s, a, r):
        self.ep_obs.append(s)
        self.ep_as.append(a)
        self.ep_rs.append(r)

    def learn(self):
        # discount and normalize episode reward
        discounted_ep_rs_norm = self._discount_and_norm_rewards()

        # train on episode
        self.sess.run(self.train_op, feed_dict={
             self.tf_obs: np.vstack(self.ep_obs),  # shape=[None, n_obs]
             self.tf_acts: np.array(self.ep_as),  # shape=[None, ]
             self.tf_vt: discounted_ep_rs_norm,  # shape=[None, ]
        })

        self.ep_obs, self.ep_as, self.ep_rs = [], [], []    # empty episode data
        return discounted_ep_rs_norm

    def _discount_and_norm_rewards(self):
        # discount episode rewards
        discounted_ep_rs = np.zeros_like(self.ep_rs)
        running_add = 0
        for t in reversed(range(0, len(self.ep_rs))):
            running_add = running_add * self.gamma + self.ep_rs[t]
            discounted_ep_rs[t] = running_add

        # normalize episode rewards
        discounted_ep_rs -= np.mean(discounted_ep_rs)
        std = np.std(discounted_ep_rs)
        if std > 0:
            discounted_ep_rs /= std
        return discounted_ep_rs


env = Corridor()
RL = PolicyGradient(n_actions=env.n_actions, n_features=env.n_features,
                    learning_rate=0.05, reward_decay=GAMMA, output_graph=True)

running_reward = None
for i_episode in range(20):
    observation = env.reset()
    steps = 0
    while True:
        action = RL.choose_action(observation)
        observation_, reward, done, info = env.step(action)
        RL.store_transition(observation, action, reward)
        steps += 1
        if done or steps >= MAX_STEPS:
            ep_rs_sum = sum(RL.ep_rs)
            if running_reward is None:
                running_reward = ep_rs_sum
            else:
                running_reward = running_reward * 0.9 + ep_rs_sum * 0.1
            vt = RL.learn()
            if i_episode % 5 == 0:
                print("episode:", i_episode, "  steps:", steps, "  reward: %.3f" % running_reward, len(vt))
            break
        observation = observation_

probability = RL.sess.run(RL.all_act_prob, {RL.tf_obs: np.eye(5)})
print('goes right:', ' '.join('%.2f' % p for p in probability[:, 1]))
RL.sess.close()
