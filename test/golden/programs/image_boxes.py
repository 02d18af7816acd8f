"""tf.image of boxes: crop_and_resize with gradients, every non-maximum suppression, distorted boxes, drawn boxes, glimpses, patches."""
import numpy as np
from oracle import arr, attempt, ints


def build(tf):
    im, r = tf.image, tf.raw_ops
    tf.set_random_seed(11)
    x = tf.placeholder(tf.float32, [2, 5, 6, 3], name='x')
    part = tf.placeholder(tf.float32, [None, None, 6, None], name='part')
    boxes = tf.placeholder(tf.float32, [4, 4], name='boxes')
    at = tf.placeholder(tf.int32, [4], name='at')
    size = tf.placeholder(tf.int32, [2], name='size')
    a = arr([2, 5, 6, 3], 1)
    feed = {x: a, part: a, boxes: [[.1, .2, .8, .9], [0., 0., 1., 1.], [.9, .1, .2, .6], [-.2, .3, .7, 1.3]], at: [0, 1, 1, 0], size: [3, 2]}
    outs = []
    for method in ['bilinear', 'nearest']:
        for to in [[3, 4], [1, 1], [7, 1], size]:
            outs += [im.crop_and_resize(x, boxes, at, to, method), im.crop_and_resize(part, boxes, crop_size=to, method=method, extrapolation_value=-1.5, box_indices=at, name='crop')]
    for t in [tf.uint8, tf.int32, tf.float16, tf.float64]:
        outs.append(im.crop_and_resize(tf.cast(x * 20 + 30, t), boxes, at, [3, 4]))
    grads = [tf.gradients(y * y, [v, boxes]) for v in [x, part] for y in [im.crop_and_resize(v, boxes, at, [3, 4]), im.crop_and_resize(v, boxes, at, [1, 1]), im.crop_and_resize(v, boxes, at, [2, 1], 'nearest')][:3 if v is x else 1]]
    runs = [{'fetch': outs, 'feed': feed}]
    attempt('nearest boxes', lambda: tf.gradients(im.crop_and_resize(x, boxes, at, [2, 2], 'nearest'), boxes)[0])
    runs.append({'fetch': grads, 'feed': feed})
    runs.append({'fetch': im.crop_and_resize(x, boxes, at, [3, 4]), 'feed': dict(list(feed.items()) + [(at, [0, 1, 2, 0])])})
    runs.append({'fetch': im.crop_and_resize(x, boxes, at, size), 'feed': dict(list(feed.items()) + [(size, [0, 2])])})
    attempt('crop boxes', lambda: im.crop_and_resize(x, tf.zeros([4, 3]), at, [3, 4]))
    attempt('crop rank', lambda: im.crop_and_resize(x[0], boxes, at, [3, 4]))
    attempt('crop indices', lambda: im.crop_and_resize(x, boxes, [0, 1], [3, 4]))
    attempt('crop both', lambda: im.crop_and_resize(x, boxes, at, [3, 4], box_indices=at))
    # non-maximum suppression
    n = 24
    corners = arr([n, 2], 5, 0, 4)
    many = np.concatenate([corners, corners + arr([n, 2], 6, .5, 2)], 1)
    scores = arr([n], 7, 0, 1)
    b, s, m = tf.constant(many, name='b'), tf.constant(scores, name='s'), tf.placeholder(tf.int32, [], name='m')
    nms = [im.non_max_suppression(b, s, m), im.non_max_suppression(b, s, 5, .3, .2, name='few'), im.non_max_suppression_padded(b, s, 20, .2, pad_to_max_output_size=True), im.non_max_suppression_padded(b, s, m, .2, .4),
           im.non_max_suppression_with_scores(b, s, m, .6, .1), im.non_max_suppression_with_scores(b, s, 12, 1., .05, soft_nms_sigma=.5), r.NonMaxSuppression(boxes=b, scores=s, max_output_size=m, iou_threshold=.2),
           r.NonMaxSuppressionV2(boxes=b, scores=s, max_output_size=4, iou_threshold=.1), r.NonMaxSuppressionV5(boxes=b, scores=s, max_output_size=20, iou_threshold=.3, score_threshold=.3, soft_nms_sigma=.2, pad_to_max_output_size=True)]
    over = tf.constant(arr([n, n], 8, 0, 1), name='over')
    nms += [im.non_max_suppression_overlaps(over, s, 10), im.non_max_suppression_overlaps(over, s, m, .9, .3, name='lap')]
    half = tf.cast(b, tf.float16), tf.cast(s, tf.float16)
    nms.append(r.NonMaxSuppressionV3(boxes=half[0], scores=half[1], max_output_size=m, iou_threshold=tf.cast(.3, tf.float16), score_threshold=tf.cast(.1, tf.float16)))
    per = tf.reshape(tf.constant(np.concatenate([many, many * .2])), [2, n, 1, 4])
    klass = tf.constant(arr([2, n, 3], 9, 0, 1))
    nms += [im.combined_non_max_suppression(per, klass, 4, 9), im.combined_non_max_suppression(per, klass, 3, 20, .2, .3, True, False, name='all'), im.combined_non_max_suppression(tf.tile(per, [1, 1, 3, 1]) * [[[.1], [.2], [.3]]], klass, 40, 50, .6, .1, clip_boxes=False)]
    nms.append(im.combined_non_max_suppression(tf.placeholder_with_default(per, [None, None, None, 4]), klass, m, m, pad_per_class=False))
    runs.append({'fetch': nms, 'feed': {m: 6}})
    runs.append({'fetch': im.non_max_suppression(b, s, m, 1.5), 'feed': {m: 6}})
    attempt('nms boxes', lambda: im.non_max_suppression(tf.zeros([3, 5]), tf.zeros([3]), 2))
    attempt('nms scores', lambda: im.non_max_suppression(b, tf.zeros([3]), 2))
    attempt('overlaps', lambda: im.non_max_suppression_overlaps(tf.zeros([3, 4]), tf.zeros([3]), 2))
    attempt('combined', lambda: im.combined_non_max_suppression(tf.zeros([1, 4, 2, 4]), tf.zeros([1, 4, 3]), 2, 2))
    attempt('combined size', lambda: im.combined_non_max_suppression(tf.zeros([1, 4, 1, 4]), tf.zeros([1, 4, 3]), 2, 0))
    # distorted boxes
    dim = tf.placeholder(tf.int32, [3], name='dim')
    given = tf.constant([[[.2, .1, .7, .8], [.5, .5, .9, .6]]], name='given')
    distorted = [im.sample_distorted_bounding_box(dim, given, seed=3, seed2=4), im.sample_distorted_bounding_box(tf.cast(dim, tf.int64), given, 5, min_object_covered=.7, aspect_ratio_range=[.5, 2.], area_range=[.2, .9], max_attempts=20, name='crop'),
                 im.sample_distorted_bounding_box(dim, tf.zeros([1, 0, 4]), seed2=7, use_image_if_no_bounding_boxes=True, max_attempts=1), r.SampleDistortedBoundingBox(image_size=dim, bounding_boxes=given, seed=8, min_object_covered=.3)]
    runs += [{'fetch': distorted, 'feed': {dim: [40, 60, 3]}}, {'fetch': distorted, 'feed': {dim: [7, 90, 3]}}, {'fetch': distorted, 'feed': {dim: [31, 17, 3]}}]
    runs.append({'fetch': im.sample_distorted_bounding_box(dim, tf.zeros([1, 0, 4]), seed=1), 'feed': {dim: [40, 60, 3]}})
    runs.append({'fetch': im.sample_distorted_bounding_box(dim, given * 2., seed=1), 'feed': {dim: [40, 60, 3]}})
    attempt('distorted size', lambda: im.sample_distorted_bounding_box([3, 4], given))
    attempt('distorted boxes', lambda: im.sample_distorted_bounding_box(dim, given[0]))
    # drawn boxes, glimpses, patches
    marks = tf.constant([[[.1, .2, .8, .9], [-.5, .3, .4, 1.5]], [[.9, .9, .1, .1], [0., 0., .5, .5]]], name='marks')
    draws = [im.draw_bounding_boxes(x, marks), im.draw_bounding_boxes(x[:, :, :, :1], marks, name='gray'), im.draw_bounding_boxes(x, marks, colors=[[.5, .25, 1., 0.]])]
    near = tf.constant([[0., 0.], [.2, -.1]], name='near')
    draws += [im.extract_glimpse(x, [2, 3], near), im.extract_glimpse(x, size, [[2., 2.], [3., 3.]], centered=False, normalized=False, name='look'), im.extract_glimpse(x, [3, 3], [[.5, .5], [.4, .6]], centered=False)]
    draws += [r.ExtractGlimpse(input=x, size=[4, 4], offsets=[[.9, .1], [-.8, -1.2]], uniform_noise=False, noise='zero'), im.extract_patches(x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 2, 1], 'SAME'), im.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], 'VALID')]
    v = tf.reshape(x, [1, 2, 5, 6, 3])
    draws += [tf.extract_volume_patches(v, [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID'), tf.extract_volume_patches(v, [1, 2, 3, 2, 1], [1, 1, 2, 3, 1], 'SAME', name='cubes')]
    runs.append({'fetch': draws, 'feed': feed})
    attempt('draw depth', lambda: im.draw_bounding_boxes(tf.zeros([1, 2, 3, 2]), marks))
    attempt('glimpse offsets', lambda: im.extract_glimpse(x, [2, 3], tf.zeros([3, 2])))
    attempt('glimpse noise', lambda: r.ExtractGlimpse(input=x, size=[2, 2], offsets=near, noise='zero'))
    return {'runs': runs}
