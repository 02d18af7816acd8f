"""Two small models in two graphs: k-means by TensorFlow ops, and a siamese network with shared weights."""
from __future__ import print_function
import numpy as np
import tensorflow as tf


def generate_points(n_clusters, n_per_cluster, seed):
    rng = np.random.RandomState(seed)
    centers = np.array([[i * 3.0, (i % 2) * 4.0] for i in range(n_clusters)])
    points = np.concatenate([c + 0.3 * rng.randn(n_per_cluster, 2) for c in centers])
    return points.astype(np.float32), centers


def assign_to_nearest(samples, centroids):
    # Expand so that the difference of every sample and every centroid is taken.
    expanded_vectors = tf.expand_dims(samples, 0)
    expanded_centroids = tf.expand_dims(centroids, 1)
    distances = tf.reduce_sum(tf.square(tf.subtract(expanded_vectors, expanded_centroids)), 2)
    mins = tf.argmin(distances, 0)
    return mins


def update_centroids(samples, nearest_indices, n_clusters):
    nearest_indices = tf.to_int32(nearest_indices)
    partitions = tf.dynamic_partition(samples, nearest_indices, n_clusters)
    new_centroids = tf.concat([tf.expand_dims(tf.reduce_mean(partition, 0), 0) for partition in partitions], 0)
    return new_centroids


def kmeans(n_clusters=3, n_per_cluster=10):
    data, true_centers = generate_points(n_clusters, n_per_cluster, seed=700)
    with tf.Graph().as_default():
        samples = tf.constant(data)
        start = tf.constant(data[::n_per_cluster])
        centroids = tf.Variable(start, name='centroids')
        nearest = assign_to_nearest(samples, centroids)
        updated = update_centroids(samples, nearest, n_clusters)
        step = tf.assign(centroids, updated)
        moved = tf.reduce_max(tf.abs(updated - centroids))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for i in range(10):
                distance = session.run(moved)
                session.run(step)
                if distance < 1e-6:
                    print('converged after', i, 'steps')
                    break
            else:
                print('not converged')
            found = session.run(centroids)
            labels = session.run(nearest)
    counts = np.bincount(labels)
    print('clusters of', counts.tolist(), 'error %.3f' % np.abs(found - true_centers).max())
    return labels


class Siamese(object):

    # Create model
    def __init__(self):
        self.x1 = tf.placeholder(tf.float32, [None, 6])
        self.x2 = tf.placeholder(tf.float32, [None, 6])

        with tf.variable_scope("siamese") as scope:
            self.o1 = self.network(self.x1)
            scope.reuse_variables()
            self.o2 = self.network(self.x2)

        # Create loss
        self.y_ = tf.placeholder(tf.float32, [None])
        self.loss = self.loss_with_spring()

    def network(self, x):
        fc1 = self.fc_layer(x, 8, "fc1")
        ac1 = tf.nn.relu(fc1)
        fc2 = self.fc_layer(ac1, 2, "fc2")
        return fc2

    def fc_layer(self, bottom, n_weight, name):
        assert len(bottom.get_shape()) == 2
        n_prev_weight = bottom.get_shape()[1]
        initer = tf.truncated_normal_initializer(stddev=0.1, seed=6)
        W = tf.get_variable(name+'W', dtype=tf.float32, shape=[n_prev_weight, n_weight], initializer=initer)
        b = tf.get_variable(name+'b', dtype=tf.float32, initializer=tf.constant(0.01, shape=[n_weight], dtype=tf.float32))
        fc = tf.nn.bias_add(tf.matmul(bottom, W), b)
        return fc

    def loss_with_spring(self):
        margin = 2.0
        labels_t = self.y_
        labels_f = tf.subtract(1.0, self.y_, name="1-yi")          # labels_ = !labels;
        eucd2 = tf.pow(tf.subtract(self.o1, self.o2), 2)
        eucd2 = tf.reduce_sum(eucd2, 1)
        eucd = tf.sqrt(eucd2+1e-6, name="eucd")
        C = tf.constant(margin, name="C")
        # yi*||CNN(p1i)-CNN(p2i)||^2 + (1-yi)*max(0, C-||CNN(p1i)-CNN(p2i)||)^2
        pos = tf.multiply(labels_t, eucd2, name="yi_x_eucd2")
        neg = tf.multiply(labels_f, tf.pow(tf.maximum(tf.subtract(C, eucd), 0), 2), name="Nyi_x_C-eucd_xx_2")
        losses = tf.add(pos, neg, name="losses")
        loss = tf.reduce_mean(losses, name="loss")
        return loss


def train_siamese(steps=30):
    tf.reset_default_graph()
    sess = tf.InteractiveSession()
    siamese = Siamese()
    train_step = tf.train.GradientDescentOptimizer(0.1).minimize(siamese.loss)
    tf.initialize_all_variables().run()

    rng = np.random.RandomState(4)
    classes = np.eye(3, 6)
    for step in range(steps):
        first, second = rng.randint(0, 3, 8), rng.randint(0, 3, 8)
        batch_x1 = classes[first] + 0.1 * rng.rand(8, 6)
        batch_x2 = classes[second] + 0.1 * rng.rand(8, 6)
        batch_y = (first == second).astype('float')
        _, loss_v = sess.run([train_step, siamese.loss], feed_dict={
            siamese.x1: batch_x1,
            siamese.x2: batch_x2,
            siamese.y_: batch_y})
        if np.isnan(loss_v):
            print('Model diverged with loss = NaN')
            quit()
        if step % 10 == 0:
            print('step %d: loss %.3f' % (step, loss_v))
    embed = siamese.o1.eval({siamese.x1: classes})
    print('embedded', embed.shape, [v.name for v in tf.trainable_variables()])
    sess.close()


if __name__ == '__main__':
    assignment = kmeans()
    print('first and last:', assignment[0], assignment[-1])
    train_siamese()
