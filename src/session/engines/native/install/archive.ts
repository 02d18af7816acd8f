// The two archive forms an install meets: wheels (zip, entries read one by one in a stream: a library is over 500 MB) and
// npm's tarballs (small). A file appears under its name only when it is whole.
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, gunzipSync } from 'node:zlib';
import { DataLossError } from '../../../../graph/errors.ts';

export interface ZipEntry { readonly name: string; readonly size: number; readonly packed: number; readonly crc: number; readonly method: number; readonly offset: number }

const END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;

/** The entries of a zip archive. Throws DataLossError when it is cut or none. */
export async function zipEntries(file: string): Promise<ZipEntry[]> {
  const h = await open(file);
  try {
    const { size } = await h.stat();
    const tail = await bytes(h, Math.max(0, size - 65_557), Math.min(size, 65_557), file);
    let at = tail.length - 22;
    while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
    if (at < 0) throw bad(file, 'it has no table of contents (cut short?)');
    let [count, length, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (at >= 20 && tail.readUInt32LE(at - 20) === LOCATOR64) {
      const e = await bytes(h, Number(tail.readBigUInt64LE(at - 12)), 56, file);
      if (e.readUInt32LE(0) !== END64) throw bad(file, 'its table of contents is damaged');
      [count, length, start] = [Number(e.readBigUInt64LE(32)), Number(e.readBigUInt64LE(40)), Number(e.readBigUInt64LE(48))];
    }
    const table = await bytes(h, start, length, file);
    const out: ZipEntry[] = [];
    for (let p = 0, i = 0; i < count; i++) {
      if (p + 46 > table.length || table.readUInt32LE(p) !== ENTRY) throw bad(file, 'its table of contents is damaged');
      const [n, extra, comment] = [table.readUInt16LE(p + 28), table.readUInt16LE(p + 30), table.readUInt16LE(p + 32)];
      out.push({
        name: table.toString('utf8', p + 46, p + 46 + n), method: table.readUInt16LE(p + 10), crc: table.readUInt32LE(p + 16),
        packed: table.readUInt32LE(p + 20), size: table.readUInt32LE(p + 24), offset: table.readUInt32LE(p + 42),
      });
      p += 46 + n + extra + comment;
    }
    return out;
  } finally {
    await h.close();
  }
}

/** Writes entries to the places `to` names (undefined: not wanted). Files that are there with the right size stay. */
export async function unzip(file: string, to: (name: string) => string | undefined, onBytes?: (written: number) => void): Promise<string[]> {
  const done: string[] = [];
  const h = await open(file);
  try {
    for (const e of await zipEntries(file)) {
      const target = e.name.endsWith('/') ? undefined : to(e.name);
      if (target === undefined) continue;
      done.push(target);
      if (await stat(target).then((s) => s.size === e.size, () => false)) continue;
      await mkdir(dirname(target), { recursive: true });
      await extract(h, file, e, `${target}.part`, onBytes);
      await rename(`${target}.part`, target);
    }
  } finally {
    await h.close();
  }
  return done;
}

async function extract(h: FileHandle, file: string, e: ZipEntry, target: string, onBytes?: (written: number) => void): Promise<void> {
  if (e.method !== 0 && e.method !== 8) throw bad(file, `'${e.name}' is packed by an unknown method`);
  const head = await bytes(h, e.offset, 30, file);
  if (head.readUInt32LE(0) !== LOCAL) throw bad(file, `'${e.name}' is not where the table of contents says`);
  const start = e.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  let crc = 0, size = 0;
  const check = new Transform({
    transform(chunk: Buffer, _, next) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      onBytes?.(chunk.length);
      next(null, chunk);
    },
  });
  const source = e.packed === 0 ? Readable.from([]) : createReadStream(file, { start, end: start + e.packed - 1, highWaterMark: 1 << 20 });
  try {
    if (e.method === 8) await pipeline(source, createInflateRaw({ chunkSize: 1 << 18 }), check, createWriteStream(target));
    else await pipeline(source, check, createWriteStream(target));
  } catch (err) {
    if ((err as { code?: string }).code?.startsWith('Z_') === true) throw bad(file, `'${e.name}' cannot be unpacked`);
    throw err;
  }
  if (size !== e.size || crc !== e.crc) throw bad(file, `'${e.name}' is damaged`);
}

async function bytes(h: FileHandle, at: number, length: number, file: string): Promise<Buffer> {
  const b = Buffer.alloc(length);
  const { bytesRead } = await h.read(b, 0, length, at);
  if (bytesRead < length) throw bad(file, 'it is cut short');
  return b;
}
function bad(file: string, why: string): DataLossError { return new DataLossError(`${file} is no archive that can be read: ${why}.`, { remedy: 'delete it and install again' }); }

/** Unpacks the wanted files of an npm tarball (names without the leading `package/`) into a folder. */
export async function untar(tgz: Uint8Array, into: string, wanted: (name: string) => boolean): Promise<string[]> {
  const tar = gunzipSync(tgz);
  const out: string[] = [];
  for (let p = 0; p + 512 <= tar.length && tar[p] !== 0;) {
    const text = (at: number, n: number): string => tar.toString('utf8', p + at, p + at + n).split('\0')[0]!;
    const size = parseInt(text(124, 12), 8);
    if (!Number.isFinite(size)) throw new DataLossError('The tarball is damaged.', { remedy: 'install again' });
    const prefix = text(345, 155);
    const name = (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`).replace(/^package\//, '');
    if ((tar[p + 156] === 0x30 || tar[p + 156] === 0) && wanted(name) && !name.split('/').includes('..')) {
      const target = join(into, name);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, tar.subarray(p + 512, p + 512 + size));
      out.push(name);
    }
    p += 512 + Math.ceil(size / 512) * 512;
  }
  return out;
}
