// Bundled into the built package by scripts/bundle-packages.mjs: installed, these would be 8 packages of 5.6 MB.
export { parse } from "@babel/parser";
export { analyze } from "eslint-scope";
