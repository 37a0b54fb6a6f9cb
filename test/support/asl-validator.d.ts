/** The part of asl-validator that the tests use; the package ships no types of its own. */
declare module "asl-validator" {
  export default function validate(definition: object): {
    readonly isValid: boolean;
    readonly errors: readonly Readonly<Record<string, unknown>>[];
    readonly errorsText: (separator: string) => string;
  };
}
