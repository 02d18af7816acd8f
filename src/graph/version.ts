// The TensorFlow whose programming model this is, as its programs ask for it.

/** `tf.VERSION`: the version of TensorFlow whose graphs, names and messages these are. */
export const VERSION = '1.15.5';
/** `tf.GRAPH_DEF_VERSION`: the version GraphDefs made here carry. */
export const GRAPH_DEF_VERSION = 134;
/** `tf.GRAPH_DEF_VERSION_MIN_CONSUMER`: the oldest reader they need. */
export const GRAPH_DEF_VERSION_MIN_CONSUMER = 0;
/** `tf.GRAPH_DEF_VERSION_MIN_PRODUCER`: the oldest GraphDefs that can be read. */
export const GRAPH_DEF_VERSION_MIN_PRODUCER = 0;
