/** @file Each system's compared documents of one corpus → documents with all mentions and verdicts side by side. */
import type { ComparedDocument } from "./compared.ts";
import { spanText } from "./compared.ts";
import type { DocumentReport, PredictedMentionReport, ReportMention } from "./report-types.ts";
import type { Span } from "./spans.ts";

/** `systems` holds one list for each system, all over the same gold documents. */
export function reportDocuments(systems: readonly (readonly ComparedDocument[])[]): DocumentReport[] {
  const [first = []] = systems;
  return first.map(({ id, text, gold }, at) => {
    const views = systems.map((documents) => documents[at]!);
    return {
      id,
      text,
      gold: gold.map((span, index) => ({
        ...reportMention(text, span),
        verdicts: views.map(({ verdicts }) => verdicts.gold[index]!),
      })),
      predicted: views.map((view) => (view.isMissing ? null : predictedMentions(view))),
    };
  });
}

function predictedMentions({ text, predicted, verdicts }: ComparedDocument): PredictedMentionReport[] {
  return predicted.map((span, at) => ({ ...reportMention(text, span), verdict: verdicts.predicted[at]! }));
}

function reportMention(text: string, span: Span): ReportMention {
  const { start, end, type, mention } = span;
  const base = start - mention.start;
  const fragments = mention.fragments?.map((part) => ({ start: base + part.start, end: base + part.end }));
  return {
    start,
    end,
    ...(fragments === undefined || fragments.length < 2 ? {} : { fragments }),
    type,
    text: spanText(text, span),
    ...(mention.ids === undefined ? {} : { ids: mention.ids }),
    ...(mention.score === undefined ? {} : { score: mention.score }),
  };
}
