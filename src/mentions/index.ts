/** @file Generated answers → mentions of the text they were given for, and votes over several answers. */
export { alignAnswer } from "./align-answer.ts";
export { alignList } from "./align-list.ts";
export { withoutOverlaps } from "./overlaps.ts";
export { addCounts, alignments, markStatuses, noCounts } from "./types.ts";
export type {
  AlignedAnswer,
  AlignedMention,
  AlignmentStatus,
  MarkLoss,
  MarkStatus,
  StatusCounts,
} from "./types.ts";
export { voteOver } from "./votes.ts";
export type { VotedMention, VoteOptions } from "./votes.ts";
