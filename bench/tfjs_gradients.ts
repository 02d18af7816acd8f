// Registers the gradients of TensorFlow.js. They are only in its ES modules, which Node cannot load as they are (no
// extensions in imports, no "type" in the package): two small hooks help it.
import { register } from 'node:module';

const HOOKS = `
const inside = (url) => url.includes('/@tensorflow/tfjs-core/dist/');
export async function resolve(spec, context, next) {
  if (spec.startsWith('.') && inside(context.parentURL ?? '')) {
    for (const end of ['.js', '/index.js', '']) try { return { ...(await next(spec + end, context)), format: 'module' }; } catch {}
  }
  const r = await next(spec, context);
  return inside(r.url) && !r.url.endsWith('.node.js') ? { ...r, format: 'module' } : r;
}
`;

export async function registerGradients(): Promise<void> {
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  const name = '@tensorflow/tfjs-core/dist/register_all_gradients.js';
  await import(name);
}
