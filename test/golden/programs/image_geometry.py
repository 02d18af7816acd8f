"""tf.image that moves pixels: flips, turns, crops and pads of images and batches, shapes known, in part, and not at all; random flips and crops."""
from oracle import arr, attempt


def build(tf):
    im = tf.image
    tf.set_random_seed(7)
    known = tf.placeholder(tf.float32, [4, 5, 3], name='known')
    part = tf.placeholder(tf.float32, [None, 5, 3], name='part')
    rank = tf.placeholder(tf.float32, [None, None, None], name='rank')
    batch = tf.placeholder(tf.float32, [2, 4, 5, 3], name='batch')
    batches = tf.placeholder(tf.float32, [None, None, 5, None], name='batches')
    none = tf.placeholder(tf.float32, name='none')
    size = tf.placeholder(tf.int32, [], name='size')
    one, many = arr([4, 5, 3], 1), arr([2, 4, 5, 3], 2)
    feed = {known: one, part: one, rank: one, batch: many, batches: many, none: one, size: 3}
    images = [known, part, rank, batch, batches]
    outs = []
    for x in images + [none]:
        outs.append([im.flip_left_right(x), im.flip_up_down(x), im.transpose(x), im.transpose_image(x, name='turned')])
    for x in images:
        outs.append([im.rot90(x), im.rot90(x, 3, name='quarter'), im.rot90(x, size)])
    for x in images + [none]:
        outs.append([im.random_flip_left_right(x, seed=3), im.random_flip_up_down(x)])
    for x in images:
        outs.append([im.central_crop(x, .5), im.central_crop(x, .87), im.central_crop(x, 1.)])
    for x in images + [none]:
        outs.append([im.pad_to_bounding_box(x, 1, 2, 6, 8), im.crop_to_bounding_box(x, 1, 2, 3, 2)])
        outs.append([im.resize_with_crop_or_pad(x, 6, 3), im.resize_image_with_crop_or_pad(x, 3, 8)])
    for x in [known, rank, batch]:
        outs.append([im.pad_to_bounding_box(x, size, 0, 8, 5), im.crop_to_bounding_box(x, 0, size, 2, 2), im.crop_to_bounding_box(x, 0, 0, size, size)])
        outs.append([im.resize_with_crop_or_pad(x, size, 7), im.resize_with_crop_or_pad(x, 6, size)])
    outs.append(im.random_crop(known, [2, 3, 3], seed=5))
    g = tf.gradients(im.flip_left_right(known) * im.resize_with_crop_or_pad(known, 4, 5), known)
    runs = [{'fetch': outs, 'feed': feed}, {'fetch': outs[11:17], 'feed': feed}, {'fetch': g, 'feed': feed}]
    runs.append({'fetch': im.crop_to_bounding_box(rank, 2, 2, 3, 3), 'feed': feed})
    runs.append({'fetch': im.pad_to_bounding_box(rank, 0, 0, 3, 5), 'feed': feed})
    runs.append({'fetch': im.resize_with_crop_or_pad(known, size, 3), 'feed': {known: one, size: 0}})
    flat = tf.zeros([4, 5])
    for name in ['flip_left_right', 'flip_up_down', 'random_flip_left_right', 'transpose', 'rot90']:
        attempt(name + ' 2', lambda: getattr(im, name)(flat))
        attempt(name + ' 5', lambda: getattr(im, name)(tf.zeros([1, 1, 2, 2, 3])))
        attempt(name + ' empty', lambda: getattr(im, name)(tf.zeros([4, 0, 3])))
    attempt('central 0', lambda: im.central_crop(known, 0.))
    attempt('central 2', lambda: im.central_crop(known, 1.5))
    attempt('central rank', lambda: im.central_crop(tf.zeros([1, 2, 3, 4, 5]), .5))
    attempt('pad rank', lambda: im.pad_to_bounding_box(flat, 0, 0, 5, 5))
    attempt('pad offset', lambda: im.pad_to_bounding_box(known, -1, 0, 5, 5))
    attempt('pad offset width', lambda: im.pad_to_bounding_box(known, 0, -1, 5, 5))
    attempt('pad height', lambda: im.pad_to_bounding_box(known, 0, 0, 3, 5))
    attempt('pad width', lambda: im.pad_to_bounding_box(known, 0, 1, 5, 5))
    attempt('crop rank', lambda: im.crop_to_bounding_box(flat, 0, 0, 5, 5))
    attempt('crop target', lambda: im.crop_to_bounding_box(known, 0, 0, 0, 5))
    attempt('crop offset', lambda: im.crop_to_bounding_box(known, 0, -1, 2, 5))
    attempt('crop width', lambda: im.crop_to_bounding_box(known, 0, 3, 2, 3))
    attempt('crop height', lambda: im.crop_to_bounding_box(known, 3, 0, 2, 3))
    attempt('fit rank', lambda: im.resize_with_crop_or_pad(flat, 2, 3))
    attempt('fit target', lambda: im.resize_with_crop_or_pad(known, 0, 3))
    return {'runs': runs}
