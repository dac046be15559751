/** @file Runs a TypeScript module in a worker thread: tests and scripts work on the sources, without a build. */
import { register } from "tsx/esm/api";

register();
await import(process.argv[2]);
