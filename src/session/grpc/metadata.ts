// What a server tells of a run, with the fields it left out. Follows core/framework/step_stats.proto (1.15).
import { float32 } from '../../graph/dtype.ts';
import { TensorShape } from '../../graph/shape.ts';
import type { RunMetadata } from '../run_options.ts';
import type { NodeExecStats, StepStats } from '../step_stats.ts';
import type { CostNode } from '../cost_graph.ts';
import type { CostNodeFields, NodeStatsFields, RunMetadataFields } from './messages.ts';

/** Fills metadata from an answer; what it held before is gone. */
export function fillMetadata(m: RunMetadata | undefined, fields: RunMetadataFields | undefined): void {
  if (!m) return;
  m.stepStats = stepStats(fields);
  m.partitionGraphs = fields?.partitionGraphs ?? [];
  m.engineReport = null;
  m.costGraph = fields?.costGraph ? { node: (fields.costGraph.node ?? []).map(costNode) } : null;
}

function costNode(n: CostNodeFields): CostNode {
  return {
    name: n.name ?? '', device: n.device ?? '', id: n.id ?? 0, computeCost: Number(n.computeCost ?? 0), isFinal: n.isFinal ?? false, inaccurate: n.inaccurate ?? false,
    inputInfo: (n.inputInfo ?? []).map((i) => ({ precedingNode: i.precedingNode ?? 0, precedingPort: i.precedingPort ?? 0 })),
    outputInfo: (n.outputInfo ?? []).map((o) => ({ size: Number(o.size ?? 0), aliasInputPort: Number(o.aliasInputPort ?? 0), shape: o.shape ?? new TensorShape([]), dtype: o.dtype ?? float32 })),
  };
}

function stepStats(fields: RunMetadataFields | undefined): StepStats {
  return { devStats: (fields?.stepStats?.devStats ?? []).map((d) => ({ device: d.device ?? '', nodeStats: (d.nodeStats ?? []).map(nodeStats) })) };
}

function nodeStats(n: NodeStatsFields): NodeExecStats {
  return {
    nodeName: n.nodeName ?? '', allStartMicros: Number(n.allStartMicros ?? 0), opStartRelMicros: Number(n.opStartRelMicros ?? 0), opEndRelMicros: Number(n.opEndRelMicros ?? 0),
    allEndRelMicros: Number(n.allEndRelMicros ?? 0), timelineLabel: n.timelineLabel ?? '', scheduledMicros: Number(n.scheduledMicros ?? 0), threadId: n.threadId ?? 0,
    memory: (n.memory ?? []).map((m) => ({ allocatorName: m.allocatorName ?? '', totalBytes: Number(m.totalBytes ?? 0), peakBytes: Number(m.peakBytes ?? 0), liveBytes: Number(m.liveBytes ?? 0) })),
    output: (n.output ?? []).map(({ slot, tensorDescription: t }) => ({
      slot: slot ?? 0,
      tensorDescription: {
        dtype: t?.dtype ?? float32, shape: t?.shape ?? new TensorShape([]),
        allocationDescription: { requestedBytes: Number(t?.allocationDescription?.requestedBytes ?? 0), allocatorName: t?.allocationDescription?.allocatorName ?? '' },
      },
    })),
  };
}
