"""tf.image.resize_*: every method and flag, sizes that grow, shrink and stay, one image and batches, aspect ratios, padding; the kernels of ScaleAndTranslate; gradients."""
from oracle import arr, attempt, ints


def build(tf):
    im, M = tf.image, tf.image.ResizeMethod
    x = tf.placeholder(tf.float32, [2, 4, 5, 3], name='x')
    one = tf.placeholder(tf.float32, [4, 5, 2], name='one')
    part = tf.placeholder(tf.float32, [None, None, None, 3], name='part')
    size = tf.placeholder(tf.int32, [2], name='size')
    feed = {x: arr([2, 4, 5, 3], 1), one: arr([4, 5, 2], 2), part: arr([1, 6, 3, 3], 3), size: [3, 7]}
    outs, tails = [], []
    for f in [im.resize_bicubic, im.resize_area, im.resize_bilinear, im.resize_nearest_neighbor]:
        for to in [[3, 7], [8, 10], [4, 5], [1, 1], size]:
            outs += [f(x, to), f(x, to, True, 'corners')]
            if f != im.resize_area:
                outs.append(f(x, to, False, None, True))
        outs.append(f(part, [5, 5]))
        outs.append(f(tf.expand_dims(one, 0), [5, 9]))
    for method in [M.BILINEAR, M.NEAREST_NEIGHBOR, M.BICUBIC, M.AREA]:
        for v in [x, one, part]:
            outs += [im.resize_images(v, [6, 4], method), im.resize(v, size, method, align_corners=True), im.resize_images(v, [6, 4], method, preserve_aspect_ratio=True)]
        outs += [im.resize_image_with_pad(x, 7, 6, method), im.resize_image_with_pad(one, 3, 9, method, align_corners=True), im.resize_image_with_pad(part, 5, 8, method, True)]
    outs += [im.resize_images(x, [4, 5]), im.resize_images(one, [4, 5]), im.resize_images(x, [8, 5], preserve_aspect_ratio=True, name='same'), im.resize(x, [2, 2], 'bicubic'), im.resize(x, [2, 2], 'nearest')]
    for t in [tf.uint8, tf.int32, tf.float64, tf.float16]:
        v = tf.cast(x * 50 + 60, t)
        outs += [im.resize_bicubic(v, [3, 7]), im.resize_area(v, [3, 7])]
    r = tf.raw_ops
    for kernel in ['lanczos1', 'lanczos3', 'lanczos5', 'gaussian', 'box', 'triangle', 'keyscubic', 'mitchellcubic']:
        for to in [[3, 7], [9, 3]]:
            tails += [r.ScaleAndTranslate(images=x, size=to, scale=[to[0] / 4., to[1] / 5.], translation=[.5, -.25], kernel_type=kernel, antialias=a) for a in (True, False)]
    tails.append(r.ScaleAndTranslate(images=ints([1, 3, 4, 2], 9, 3), size=size, scale=[2., .5], translation=[0., 0.]))
    runs = [{'fetch': outs, 'feed': feed}, {'fetch': tails, 'feed': feed}]
    grads = []
    for y in [im.resize_bicubic(x, [3, 7]), im.resize_bicubic(x, [6, 6], half_pixel_centers=True), im.resize_bicubic(tf.cast(x, tf.float64), [5, 3], align_corners=True), im.resize_images(part, [5, 4]), tails[4], tails[5], tails[26]]:
        grads.append(tf.gradients(tf.cast(y * y, tf.float32), [x, part]))
    runs.append({'fetch': [[g for g in gs if g is not None] for gs in grads], 'feed': feed})
    attempt('area gradient', lambda: tf.gradients(im.resize_area(x, [3, 3]), x))
    attempt('method', lambda: im.resize_images(x, [3, 3], 9))
    attempt('rank', lambda: im.resize_images(tf.zeros([3, 3]), [3, 3]))
    attempt('no shape', lambda: im.resize_images(tf.placeholder(tf.float32, name='none'), [3, 3]))
    attempt('size', lambda: im.resize_images(x, [3, 3, 3]))
    attempt('size dtype', lambda: im.resize_images(x, [3.5, 3.]))
    attempt('pad rank', lambda: im.resize_image_with_pad(tf.zeros([3, 3]), 3, 3))
    attempt('pad size', lambda: im.resize_image_with_pad(x, 0, 3))
    attempt('scale rank', lambda: r.ScaleAndTranslate(images=one, size=[2, 2], scale=[1., 1.], translation=[0., 0.]))
    for bad in [{'scale': [0., 1.]}, {'kernel_type': 'cubic'}, {'size': [0, 2]}]:
        args = dict(images=x, size=[2, 2], scale=[1., 1.], translation=[0., 0.])
        args.update(bad)
        runs.append({'fetch': r.ScaleAndTranslate(**args), 'feed': feed})
    runs.append({'fetch': im.resize_area(x, size), 'feed': {x: feed[x], size: [0, 1]}})
    runs.append({'fetch': im.resize_bicubic(x, [3, 3], align_corners=True, half_pixel_centers=True), 'feed': feed})
    return {'runs': runs}
