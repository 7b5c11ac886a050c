// What `pack` took apart, put together. Part of the app's JavaScript in a release.

/** The program's bytes, from the module that has its parts as custom sections. */
function unpack(packed) {
    const parts = Array.from(
        { length: 16 },
        (_, name) => new Uint8Array(WebAssembly.Module.customSections(packed, name)[0])
    );
    const [kinds, head, tail, instructions] = parts;
    const at = new Uint32Array(16);
    // A byte of a part becomes three at most.
    const program = new Uint8Array(3 * parts.reduce((sum, part) => sum + part.length, 9));
    let end = head.length;

    /** Takes a number from a part, as it is written there. */
    const copy = (part) => {
        let number = 0;
        for (let shift = 0, byte = 128; byte > 127; shift += 7) {
            program[end++] = byte = parts[part][at[part]++];
            number |= (byte & 127) << shift;
        }
        return number;
    };
    /** Leaves room for a length, which the function that it gives writes. */
    const measure = () => {
        const start = (end += 3);
        return () => {
            const length = end - start;
            program[start - 3] = length | 128;
            program[start - 2] = (length >> 7) | 128;
            program[start - 1] = length >> 14;
        };
    };

    program.set(head);
    program[end++] = 10;
    const finish = measure();
    for (let functions = copy(4); functions--; ) {
        const finish = measure();
        for (let numbers = 2 * copy(4); numbers--; ) copy(4);
        for (let instruction; (instruction = instructions[at[3]++]) < 255; ) {
            program[end++] = instruction;
            let kind = kinds[instruction];
            if (kind > 15) {
                program[end++] = (kind >> 4) - 1;
                kind &= 15;
            }
            const next = instructions[at[3]] >> 1;
            if (kind === 5) {
                for (let bytes = parts[5][at[5]++]; bytes--; ) program[end++] = parts[5][at[5]++];
            } else if (kind) {
                copy(kind + ((kind === 9 && next === 20) || (kind === 11 && next === 53)));
            }
        }
        program[end++] = 11;
        finish();
    }
    finish();
    program.set(tail, end);
    return program.subarray(0, end + tail.length);
}
