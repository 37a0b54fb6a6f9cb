// Bundled into the built package by scripts/bundle-packages.mjs: a package of CommonJS that is imported brings 4 MB of
// Node.js's lexer along.
export { Argument, Command, CommanderError, Option } from "commander";
