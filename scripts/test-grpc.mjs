// The gRPC client against real TensorFlow servers. TF115_PYTHON names a Python with TensorFlow 1.15, TF12_PYTHON (if given) one with 1.2. The servers listen on all
// interfaces and cannot be told otherwise, so they and the tests get a network name space of their own (Linux: unshare).
// With --record the answers become test/session/grpc/transcript*.json.gz, which transcript.test.ts replays.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (!process.env.TF115_PYTHON) {
  console.error("set TF115_PYTHON to a Python 3.7 with tensorflow==1.15.5 'numpy<1.19' 'protobuf<3.21'");
  process.exit(2);
}
const record = process.argv.includes('--record');
const { status } = spawnSync('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && exec npx vitest run test/session/grpc/live.test.ts test/examples/distributed.slow.test.ts'], {
  cwd: fileURLToPath(new URL('../', import.meta.url)), stdio: 'inherit', env: { ...process.env, ...(record ? { TFGRAPH_RECORD: '1' } : {}) },
});
process.exit(status ?? 1);
