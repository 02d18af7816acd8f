// Progress of the job: a bar that overwrites itself on a terminal, one line for each part elsewhere.
const WIDTH = 30;

export interface Progress { show(done: number, total: number, doing: string): void; end(): void }

export function makeProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? bar(out) : lines(out);
}

function bar(out: NodeJS.WriteStream): Progress {
  let shown = 0;
  return {
    show: (done, total, doing) => {
      const now = performance.now();
      if (now - shown < 60 && done < total) return;
      shown = now;
      const filled = Math.round((WIDTH * Math.min(done, total)) / total);
      const text = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor((100 * Math.min(done, total)) / total)} %  ${doing}`;
      // A line that wraps could not be erased.
      out.write(`\r\x1b[2K${text.slice(0, Math.max(0, (out.columns || 80) - 1))}`);
    },
    end: () => { out.write('\r\x1b[2K'); },
  };
}

function lines(out: NodeJS.WriteStream): Progress {
  let last = '';
  const start = performance.now();
  return {
    show: (done, total, doing) => {
      if (doing === last) return;
      last = doing;
      out.write(`[${Math.floor((100 * done) / total)} % done after ${((performance.now() - start) / 1000).toFixed(1)} s] ${doing} ...\n`);
    },
    end: () => {},
  };
}
