// What `pack` took apart, put together. Part of the app's JavaScript in a release.

/** The program's bytes, from the module that has its parts as custom sections. */
function unpack(packed) {
    const parts = Array.from(
        { length: 21 },
        (_, name) => new Uint8Array(WebAssembly.Module.customSections(packed, name)[0])
    );
    const [table, head, tail, symbols] = parts;
    const at = new Uint32Array(21);
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

    const section = (number) => {
        program[end++] = number;
        return measure();
    };
    const whole = (part) => {
        program.set(part, end);
        end += part.length;
    };

    program.set(head);
    const finishImports = section(2);
    for (let name = 0, count = copy(19); name < count; name++) {
        const digits = new TextEncoder().encode(name);
        // Of the module "a" a function of this name.
        whole([1, 97, digits.length, ...digits, 0]);
        copy(19);
    }
    finishImports();
    whole(parts[20]);
    const finish = section(10);
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
    whole(tail);
    return program.subarray(0, end);
}
