/** Code that an engine generated: modules, their bytes, and the milliseconds it took to build and compile them (once per process). */
export class GeneratedCode {
  static readonly NONE = new GeneratedCode(0, 0, 0);
  readonly modules: number;
  readonly bytes: number;
  readonly milliseconds: number;
  constructor(modules: number, bytes: number, milliseconds: number) {
    this.modules = modules;
    this.bytes = bytes;
    this.milliseconds = milliseconds;
  }
  plus(other: GeneratedCode | undefined): GeneratedCode {
    return other ? new GeneratedCode(this.modules + other.modules, this.bytes + other.bytes, this.milliseconds + other.milliseconds) : this;
  }
}
