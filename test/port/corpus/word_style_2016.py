"""Names and argument orders of TensorFlow 0.12: pack, mul, concat with the axis first, initialize_all_variables."""
from __future__ import division
import math
import sys
import numpy as np
import tensorflow as tf

vocabulary_size = 12
embedding_size = 4
batch_size = 6
window = 1


def build_dataset(words):
    count = [['UNK', -1]]
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    count.extend(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:vocabulary_size - 1])
    dictionary = dict()
    for word, _ in count:
        dictionary[word] = len(dictionary)
    data = list()
    unk_count = 0
    for word in words:
        if word in dictionary:
            index = dictionary[word]
        else:
            index = 0  # dictionary['UNK']
            unk_count += 1
        data.append(index)
    count[0][1] = unk_count
    reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
    return data, count, dictionary, reverse_dictionary


words = ('the quick brown fox jumps over the lazy dog while the quick cat sleeps over '
         'the brown dog and the fox runs away').split()
data, count, dictionary, reverse_dictionary = build_dataset(words)
print 'Most common words (+UNK)', [word for word, _ in count[:3]]
data_index = 0


def generate_batch(size, skip_window):
    global data_index
    batch = np.ndarray if False else np.zeros(shape=(size), dtype=np.int32)
    labels = np.zeros(shape=(size,), dtype=np.int32)
    for i in range(size):
        center = data_index % (len(data) - 2 * skip_window) + skip_window
        batch[i] = data[center]
        labels[i] = data[center + (skip_window if i % 2 else -skip_window)]
        data_index = data_index + 1
    return batch, labels


tf.set_random_seed(8)
train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
train_labels = tf.placeholder(tf.int32, shape=[batch_size])
embeddings = tf.Variable(tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
embed = tf.nn.embedding_lookup(embeddings, train_inputs)
weights = tf.Variable(tf.truncated_normal([embedding_size, vocabulary_size], stddev=1.0 / math.sqrt(embedding_size)))
biases = tf.Variable(tf.zeros([vocabulary_size]))
logits = tf.matmul(embed, weights) + biases
both = tf.concat(1, [logits, tf.mul(logits, 0.5)])
rows = tf.pack([tf.reduce_sum(both), tf.reduce_mean(both)])
parts = tf.split(1, 2, both)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(parts[0], train_labels))
optimizer = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
similarity = tf.matmul(embeddings / norm, embeddings / norm, transpose_b=True)
init = tf.initialize_all_variables()

with tf.Session() as session:
    session.run(init)
    average_loss = 0
    losses = []
    try:
        for step in xrange(40):
            batch_inputs, batch_labels = generate_batch(batch_size, window)
            _, loss_val = session.run([optimizer, loss], {train_inputs: batch_inputs, train_labels: batch_labels})
            average_loss += loss_val
            if step % 20 == 19:
                losses.append(average_loss / 20)
                average_loss = 0
                print 'Average loss at step', step, ': %.4f' % losses[-1]
    except KeyboardInterrupt, e:
        print >>sys.stderr, 'stopped', e
    sim = similarity.eval()
    nearest = (-sim[1, :]).argsort()[1:4]
    print 'Nearest to %s: %s' % (reverse_dictionary[1], ', '.join([reverse_dictionary[k] for k in nearest]))
    assert losses[1] < losses[0]
