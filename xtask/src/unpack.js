// What `pack` took apart, put together. Part of the app's JavaScript in a release.

/** The program's bytes, from the module that has its parts as custom sections. */
function unpack(packed) {
    const parts = Array.from(
        { length: 19 },
        (_, name) => new Uint8Array(WebAssembly.Module.customSections(packed, name)[0])
    );
    const [table, head, tail, symbols] = parts;
    const at = new Uint32Array(19);
    // No byte of a part stands for more than eight.
    const program = new Uint8Array(8 * parts.reduce((sum, part) => sum + part.length, 0));
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
    /** Takes so many bytes from a part. */
    const take = (part, bytes) => {
        while (bytes--) program[end++] = parts[part][at[part]++];
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

    // Of each symbol where its line in the table begins.
    const lines = [];
    for (let line = 0; line < table.length; line += 2 + table[line + 1]) lines.push(line);

    program.set(head);
    program[end++] = 10;
    const finish = measure();
    for (let functions = copy(4); functions--; ) {
        const finish = measure();
        take(4, 2 * copy(4));
        for (let symbol; (symbol = symbols[at[3]++]) !== 239; ) {
            at[0] = lines[symbol];
            const part = table[at[0]++] & 31;
            take(0, table[at[0]++]);
            const next = table[lines[symbols[at[3]]]] >> 5;
            if (part === 5) take(5, parts[5][at[5]++]);
            else if (part) copy(part + ((part === 9 && next === 1) || (part === 11 && next === 2)));
        }
        program[end++] = 11;
        finish();
    }
    finish();
    program.set(tail, end);
    return program.subarray(0, end + tail.length);
}
