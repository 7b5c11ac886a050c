// HTTP by XMLHttpRequest, for `fetch` does not tell how far an upload has come.
//
// `heard(status, text, percent)` is told how far an upload has come by a status
// of -1, and once how it all ended: by a status of 0 when no answer came. What
// is returned stops it, and `heard` is told nothing after that.

const PATIENCE = 30000; // ms that a call may take
const STALL = 60000; // ms that an upload may stand still
const ANSWER = 2000; // more of a file store's answer is of no use

const exchange = (method, url, headers, body, heard, isUpload) => {
  const xhr = new XMLHttpRequest();
  let timer;
  let sent = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => xhr.abort(), isUpload ? STALL : PATIENCE);
  };
  xhr.open(method, url);
  headers.forEach((text, i) => i % 2 && xhr.setRequestHeader(headers[i - 1], text));
  xhr.onloadend = () => {
    clearTimeout(timer);
    heard(xhr.status, isUpload ? xhr.responseText.slice(0, ANSWER) : xhr.responseText, sent);
  };
  if (isUpload)
    xhr.upload.onprogress = ({ loaded, total }) => {
      const percent = Math.ceil((loaded * 100) / total);
      wait();
      if (percent > sent) heard(-1, "", (sent = percent));
    };
  wait();
  xhr.send(body);
  return () => {
    clearTimeout(timer);
    xhr.onloadend = xhr.upload.onprogress = null;
    xhr.abort();
  };
};

// `headers` are names and values in turn.
export const request = (method, url, headers, body, heard) =>
  exchange(method, url, headers, body, heard);

// Sends the bytes of an entry of `Files`: by `PUT`, or in a form to the page's
// own server.
export const upload = (url, mime, proxy, { blob, name }, heard) => {
  if (!proxy) return exchange("PUT", url, ["Content-Type", mime], blob, heard, true);
  const form = new FormData();
  form.append("uploadURL", url);
  form.append("image", blob, name);
  return exchange("POST", proxy, [], form, heard, true);
};
