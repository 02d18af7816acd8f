"""tf.image colours: conversions between spaces and dtypes, brightness, contrast, gamma, hue, saturation, fixed and random; gradients."""
from oracle import arr, attempt, ints


def build(tf):
    im = tf.image
    tf.set_random_seed(9)
    x = tf.placeholder(tf.float32, [2, 4, 5, 3], name='x')
    u = tf.placeholder(tf.uint8, [4, 5, 3], name='u')
    part = tf.placeholder(tf.float32, [None, None, 3], name='part')
    gray = tf.placeholder(tf.float32, [4, 5, 1], name='gray')
    some = tf.placeholder(tf.float32, [None, 5, None], name='some')
    f = tf.placeholder(tf.float32, [], name='f')
    feed = {x: arr([2, 4, 5, 3], 1, 0, 1), u: ints([4, 5, 3], 256, 2).astype('uint8'), part: arr([4, 5, 3], 3, 0, 1), gray: arr([4, 5, 1], 4, 0, 1), some: arr([4, 5, 1], 5, 0, 1), f: .4}
    d = tf.cast(x, tf.float64)
    i16 = tf.cast(u, tf.int16) * 100
    outs = []
    for v in [x, u, part]:
        outs.append([im.adjust_brightness(v, .2), im.adjust_brightness(v, f), im.adjust_contrast(v, 1.5), im.adjust_contrast(v, f), im.random_brightness(v, .3, seed=1), im.random_contrast(v, .2, 1.8)])
    for v in [x, u, part]:
        outs.append([im.adjust_gamma(v), im.adjust_gamma(v, .5, 2), im.adjust_gamma(v, f)])
    for v in [x, u, part]:
        outs.append([im.adjust_hue(v, .1), im.adjust_hue(v, -.7, name='turned'), im.adjust_hue(v, f), im.adjust_saturation(v, .5), im.adjust_saturation(v, f, name='faded'), im.random_hue(v, .4, seed=2), im.random_saturation(v, .5, 1.5, seed=3)])
    for v in [x, part, d]:
        outs.append([im.rgb_to_hsv(v), im.hsv_to_rgb(v)])
    for v in [x, part, d]:
        outs.append([im.rgb_to_yiq(v), im.yiq_to_rgb(v), im.rgb_to_yuv(v), im.yuv_to_rgb(v)])
    for v in [x, u, part]:
        outs.append([im.rgb_to_grayscale(v), im.rgb_to_grayscale(v, name='gray_of')])
    outs.append([im.grayscale_to_rgb(gray), im.grayscale_to_rgb(some, name='three')])
    for v in [x, u, part]:
        outs.append(im.per_image_standardization(v))
    for v in [x, u, i16, d]:
        for t in [tf.float32, tf.float16, tf.uint8, tf.int16, tf.int32, tf.uint16]:
            if not (t == tf.float16 and v.dtype != tf.float32):
                outs.append(im.convert_image_dtype(v, t))
                if v.dtype not in (tf.uint8, tf.int16):
                    outs.append(im.convert_image_dtype(v, t, saturate=True, name='sat'))
    runs = [{'fetch': outs, 'feed': feed}, {'fetch': outs[:4], 'feed': feed}]
    loss = tf.reduce_sum(im.rgb_to_hsv(x) * tf.constant([1., 2., 3.])) + tf.reduce_sum(im.adjust_brightness(x, f) * im.adjust_gamma(x, .5)) + tf.reduce_sum(im.per_image_standardization(x) * x)
    runs.append({'fetch': tf.gradients(loss, [x, f]), 'feed': feed})
    attempt('contrast gradient', lambda: tf.gradients(im.adjust_contrast(x, 2.), x))
    attempt('hsv gradient', lambda: tf.gradients(im.hsv_to_rgb(x), x))
    attempt('hue gradient', lambda: tf.gradients(im.adjust_hue(x, .1), x))
    attempt('random brightness', lambda: im.random_brightness(x, -.1))
    attempt('random contrast', lambda: im.random_contrast(x, .5, .5))
    attempt('random contrast low', lambda: im.random_contrast(x, -.5, .5))
    attempt('random hue', lambda: im.random_hue(x, .6))
    attempt('random hue low', lambda: im.random_hue(x, -.1))
    attempt('random saturation', lambda: im.random_saturation(x, .5, .5))
    attempt('random saturation low', lambda: im.random_saturation(x, -.5, .5))
    attempt('gamma', lambda: im.adjust_gamma(x, -1.))
    attempt('dtype', lambda: im.convert_image_dtype(x, tf.bool))
    attempt('saturate', lambda: im.convert_image_dtype(i16, tf.uint8, saturate=True))
    attempt('channels', lambda: im.rgb_to_hsv(tf.zeros([2, 4])))
    attempt('gray', lambda: im.grayscale_to_rgb(x))
    attempt('gray rank', lambda: im.grayscale_to_rgb(tf.zeros([4])))
    attempt('standard rank', lambda: im.per_image_standardization(tf.zeros([4, 3])))
    attempt('contrast rank', lambda: im.adjust_contrast(tf.zeros([4, 3]), 1.))
    runs.append({'fetch': im.adjust_gamma(x, f), 'feed': {x: feed[x], f: -1.}})
    runs.append({'fetch': im.adjust_hue(some, .1), 'feed': feed})
    return {'runs': runs}
