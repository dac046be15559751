/**
 * @file Corpora with gold mentions → how many of these mentions marks at the borders of words cannot express.
 * Usage: npx tsx --conditions=@nerium/source scripts/mention-places.ts FILE …
 */
import { openCorpus } from "../src/corpora/index.ts";
import { tagPlaces } from "../src/tagging/markup/places.ts";

for (const path of process.argv.slice(2)) {
  let [all, inside, overlapping, apart] = [0, 0, 0, 0];
  for await (const { passages } of openCorpus(path)) {
    for (const { text, mentions } of passages) {
      const { starts, ends } = tagPlaces(text);
      const [begins, closes] = [new Set(starts), new Set(ends)];
      const reach = new Map<string, number>();
      for (const { start, end, type, fragments } of mentions.toSorted((a, b) => a.start - b.start)) {
        all++;
        if (fragments !== undefined && fragments.length > 1) apart++;
        else if (!begins.has(start) || !closes.has(end)) inside++;
        else if (start < (reach.get(type) ?? 0)) overlapping++;
        reach.set(type, Math.max(reach.get(type) ?? 0, end));
      }
    }
  }
  const share = (count: number): string => `${count} (${((100 * count) / Math.max(1, all)).toFixed(2)} %)`;
  console.log(
    `${path}: ${all} mentions; inside of words ${share(inside)}, overlapping one of their type ${share(overlapping)}, in parts ${share(apart)}`,
  );
}
