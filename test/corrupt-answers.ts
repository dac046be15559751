/** @file A marked sentence → the same answer with one of the faults that published answers of tuned models show. */
import type { Random } from "../src/shared/random.ts";

export type Fault = (answer: string, sentence: string, random: Random) => string;

const pick = <T>(items: readonly T[], random: Random): T | undefined =>
  items[Math.floor(random() * items.length)];

/** What Hugging Face's decoders do to text unless told not to. */
function cleanedUp(text: string): string {
  const shortened = [".", "?", "!", ","].reduce((text, sign) => text.replaceAll(` ${sign}`, sign), text);
  return [" n't", " 'm", " 's", " 've", " 're"].reduce(
    (text, ending) => text.replaceAll(ending, ending.slice(1)),
    shortened.replaceAll(" ' ", "'"),
  );
}

/** Changes one word that `chosen` likes; an answer without one stays as it is. */
function changeWord(
  answer: string,
  random: Random,
  chosen: RegExp,
  change: (word: string) => readonly string[],
): string {
  const words = answer.split(" ");
  const places = words.flatMap((word, at) => (chosen.test(word) ? [at] : []));
  const place = pick(places, random);
  if (place !== undefined) words.splice(place, 1, ...change(words[place]!));
  return words.join(" ");
}

/** Drops, adds, replaces or swaps one letter of a word of five letters or more. */
function slipped(word: string, random: Random): string {
  const letters = Array.from(word);
  const places = letters.flatMap((letter, at) => (/[a-z]/i.test(letter) ? [at] : []));
  const place = pick(places, random)!;
  const other = pick(Array.from("aeiorstnl"), random)!;
  const kind = Math.floor(random() * 3);
  if (kind === 0) letters.splice(place, 1);
  else if (kind === 1) letters.splice(place, 0, other);
  else letters[place] = other;
  return letters.join("");
}

const long = /[A-Za-z]{5}/;
const plain = /^[A-Za-z]{2,}$/;

/** Faults after which every mention of the sentence can still be known. */
export const harmless: Readonly<Record<string, Fault>> = {
  "tokenizer clean-up": (answer) => cleanedUp(answer),
  "lost blanks": (answer, _, random) =>
    answer.replaceAll(/ ([-/()]) /g, (spaced, sign: string) => (random() < 0.5 ? sign : spaced)),
  "a slip in a word": (answer, _, random) =>
    changeWord(cleanedUp(answer), random, long, (word) => [slipped(word, random)]),
  "three slips": (answer, _, random) =>
    [1, 2, 3].reduce(
      (text) => changeWord(text, random, long, (word) => [slipped(word, random)]),
      cleanedUp(answer),
    ),
  "another case": (answer, _, random) =>
    changeWord(cleanedUp(answer), random, long, (word) => [word.toLowerCase()]),
  "a dropped word": (answer, _, random) => changeWord(cleanedUp(answer), random, plain, () => []),
  "a doubled word": (answer, _, random) =>
    changeWord(cleanedUp(answer), random, plain, (word) => [word, word]),
  "a dropped bracket": (answer) => cleanedUp(answer.replace(/ \( [^()@#]* \)/, "")),
  "the prompt first": (answer, sentence) =>
    `Be cautious here is the Input:\n${sentence}\nOutput:\n${cleanedUp(answer)}`,
  "a note behind": (answer) => `${answer}\nNote: entities stand between @@ and ##, e.g. @@gout##.`,
  "a loop": (answer) => `${cleanedUp(answer)}\n`.repeat(20),
  "one @": (answer) => answer.replace("@@", "@"),
  "one #": (answer) => answer.replace("##", "#"),
  "three @": (answer) => answer.replaceAll("@@", "@@@"),
  "a lone @ before another word": (answer) => answer.replace(/(?<= )(?=[a-z]+ )/, "@"),
};

/** Faults that take mentions away: only that nothing wrong is found can be asked. */
export const harmful: Readonly<Record<string, Fault>> = {
  "a cut end": (answer, _, random) => answer.slice(0, answer.length * (0.3 + 0.7 * random())),
  "a lost ##": (answer) => answer.replace(/##(?!.*##)/s, ""),
  "a lost @@": (answer) => answer.replace("@@", ""),
};
