/** @file What a training run says while it goes: plain events that the CLI, a server or a test may consume. */
import type { DeviceChoice } from "../runtime/choose-device.ts";

export type TrainingEvent =
  | {
      readonly type: "run-start";
      readonly parameters: number;
      readonly steps: number;
      readonly startStep: number;
      readonly tokensPerEpoch: number;
      /** What could not be used as it is, in words for a person. */
      readonly notes: readonly string[];
      /** Where it computes, and why; in no log, because a run may go on elsewhere. */
      readonly device?: DeviceChoice;
    }
  | {
      readonly type: "step-end";
      /** Counts from 1. */
      readonly step: number;
      readonly steps: number;
      /** 0-based epoch that the step belongs to. */
      readonly epoch: number;
      readonly loss: number;
      readonly learningRate: number;
      /** Global gradient norm before clipping. */
      readonly gradientNorm: number;
      /** Real (not padding) tokens of this step. */
      readonly tokens: number;
      readonly milliseconds: number;
    }
  | {
      readonly type: "evaluation-end";
      readonly step: number;
      readonly epoch: number;
      /** Strict F1 of each dev corpus and type, "corpus/type", and their "mean", which decides; 0..1. */
      readonly scores: Readonly<Record<string, number>>;
      readonly best: boolean;
    }
  | { readonly type: "checkpoint-saved"; readonly step: number; readonly path: string }
  | {
      readonly type: "run-end";
      readonly step: number;
      readonly path: string;
      readonly milliseconds: number;
      /** Median of this run's steps; absent where there was none. */
      readonly millisecondsPerStep?: number;
      /** Largest resident memory of the process so far. */
      readonly peakBytes: number;
    };
