"""tf.image measures: total variation, edges, gradients, PSNR, SSIM, multiscale SSIM."""
from oracle import arr, attempt, ints


def build(tf):
    im = tf.image
    x = tf.placeholder(tf.float32, [2, 12, 14, 3], name='x')
    y = tf.placeholder(tf.float32, [2, 12, 14, 3], name='y')
    part = tf.placeholder(tf.float32, [None, None, 14, None], name='part')
    u = tf.placeholder(tf.uint8, [12, 14, 3], name='u')
    big = tf.placeholder(tf.float32, [1, 26, 30, 1], name='big')
    a, b = arr([2, 12, 14, 3], 1, 0, 1), arr([2, 12, 14, 3], 2, 0, 1)
    feed = {x: a, y: b, part: b, u: ints([12, 14, 3], 256, 3).astype('uint8'), big: arr([1, 26, 30, 1], 4, 0, 1)}
    flip = tf.reverse(u, [0])
    outs = [im.total_variation(x), im.total_variation(x[0], name='one'), im.total_variation(part), im.sobel_edges(x), im.sobel_edges(part), im.image_gradients(x), im.image_gradients(part)]
    outs += [im.psnr(x, y, 1.), im.psnr(x, part, max_val=2., name='near'), im.psnr(u, flip, 255)]
    outs += [im.ssim(x, y, 1.), im.ssim(x, part, 1., filter_size=5), im.ssim(u, flip, 255, filter_size=4, filter_sigma=1., k1=.02, k2=.05)]
    outs += [im.ssim_multiscale(big, big * .9 + .05, 1., power_factors=(.5, .5)), im.ssim_multiscale(x, y, 1., [.3, .7], filter_size=5), im.ssim_multiscale(x, part, 1., power_factors=[1.], filter_size=7)]
    runs = [{'fetch': outs, 'feed': feed}]
    runs.append({'fetch': [tf.gradients(im.ssim(x, y, 1., filter_size=5), x), tf.gradients(im.psnr(x, y, 1.), [x, y]), tf.gradients(im.total_variation(x), x), tf.gradients(im.sobel_edges(x) ** 2, x)], 'feed': feed})
    attempt('variation rank', lambda: im.total_variation(tf.zeros([3, 3])))
    attempt('shapes', lambda: im.psnr(x, tf.zeros([2, 12, 13, 3]), 1.))
    attempt('batches', lambda: im.ssim(x, tf.zeros([3, 12, 14, 3]), 1.))
    attempt('small rank', lambda: im.ssim(x, tf.zeros([12, 14]), 1.))
    attempt('filter', lambda: im.ssim(x, y, 1., filter_size=13))
    runs.append({'fetch': im.ssim(part, part, 1., filter_size=13), 'feed': feed})
    runs.append({'fetch': im.psnr(x, part, 1.), 'feed': {x: a, part: arr([2, 11, 14, 3])}})
    return {'runs': runs}
