# Multilayer perceptron, weights in dictionaries, as the tutorials of 2016 have it.
import tensorflow as tf
import numpy as np

# Parameters
learning_rate = 0.02
training_epochs = 5
batch_size = 10
display_step = 1

# Network Parameters
n_hidden_1 = 8  # 1st layer number of features
n_hidden_2 = 6  # 2nd layer number of features
n_input = 4
n_classes = 2

np.random.seed(0)
tf.set_random_seed(1)
data = np.random.rand(60, n_input)
target = (np.sum(data, axis=1) > 2.).astype(np.int32)
onehot = np.zeros((60, n_classes))
onehot[np.arange(60), target] = 1

# tf Graph input
x = tf.placeholder("float", [None, n_input])
y = tf.placeholder("float", [None, n_classes])


# Create model
def multilayer_perceptron(x, weights, biases):
    # Hidden layer with RELU activation
    layer_1 = tf.add(tf.matmul(x, weights['h1']), biases['b1'])
    layer_1 = tf.nn.relu(layer_1)
    # Hidden layer with RELU activation
    layer_2 = tf.add(tf.matmul(layer_1, weights['h2']), biases['b2'])
    layer_2 = tf.nn.relu(layer_2)
    # Output layer with linear activation
    out_layer = tf.matmul(layer_2, weights['out']) + biases['out']
    return out_layer


# Store layers weight & bias
weights = {
    'h1': tf.Variable(tf.random_normal([n_input, n_hidden_1])),
    'h2': tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2])),
    'out': tf.Variable(tf.random_normal([n_hidden_2, n_classes]))
}
biases = {
    'b1': tf.Variable(tf.random_normal([n_hidden_1])),
    'b2': tf.Variable(tf.random_normal([n_hidden_2])),
    'out': tf.Variable(tf.random_normal([n_classes]))
}

# Construct model
pred = multilayer_perceptron(x, weights, biases)

# Define loss and optimizer: the old order of arguments
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(pred, y))
l2 = 0.
for name, w in sorted(weights.items()):
    l2 += tf.nn.l2_loss(w)
cost = cost + 1e-4 * l2
optimizer = tf.train.AdamOptimizer(learning_rate=learning_rate).minimize(cost)

# Initializing the variables
init = tf.initialize_all_variables()

# Launch the graph
with tf.Session() as sess:
    sess.run(init)
    costs = []
    # Training cycle
    for epoch in range(training_epochs):
        avg_cost = 0.
        total_batch = len(data) // batch_size
        # Loop over all batches
        for i in range(total_batch):
            batch_x = data[i * batch_size:(i + 1) * batch_size]
            batch_y = onehot[i * batch_size:(i + 1) * batch_size]
            # Run optimization op (backprop) and cost op (to get loss value)
            _, c = sess.run([optimizer, cost], feed_dict={x: batch_x, y: batch_y})
            # Compute average loss
            avg_cost += c / total_batch
        costs.append(avg_cost)
        # Display logs per epoch step
        if epoch % display_step == 0:
            print "Epoch:", '%04d' % (epoch+1), "cost=", "{:.9f}".format(avg_cost)
    print "Optimization Finished!"

    # Test model
    correct_prediction = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    # Calculate accuracy
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, "float"))
    print "Accuracy:", accuracy.eval({x: data, y: onehot})
    assert costs[-1] < costs[0]
