"""tf.image colours of float16 images."""
from oracle import arr


def build(tf):
    im = tf.image
    tf.set_random_seed(13)
    h = tf.placeholder(tf.float16, [4, 5, 3], name='h')
    f = tf.placeholder(tf.float32, [], name='f')
    outs = [im.adjust_brightness(h, .2), im.adjust_brightness(h, f), im.adjust_contrast(h, 1.5), im.random_brightness(h, .3, seed=1), im.rgb_to_hsv(h), im.hsv_to_rgb(h), im.per_image_standardization(h)]
    outs += [im.convert_image_dtype(h, t) for t in (tf.float32, tf.uint8, tf.int16, tf.uint16)] + [im.convert_image_dtype(h, tf.uint8, saturate=True), im.rgb_to_grayscale(h)]
    runs = [{'fetch': outs, 'feed': {h: arr([4, 5, 3], 3, 0, 1).astype('float16'), f: .4}}]
    return {'runs': runs}
