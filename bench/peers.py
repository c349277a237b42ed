#!/usr/bin/python3
"""Peers side by side with tongtang on one machine.

usage: bench/peers.py ITEMS.jsonl[.gz] [--sizes 10000,50000,100000] [--tongtang PATH] [--json OUT]

For each size the first N items of ITEMS ({id, text, label}) are grouped by
  jieba+agglomerative  jieba words, TF-IDF of words half and half with characters
                       (1- and 2-grams), 15 nearest neighbours, average linkage on
                       their graph with the threshold that scores best (tuned on
                       the labels, which tongtang never sees)
  jieba+dbscan         the same vectors, DBSCAN, threshold tuned likewise
  tongtang cluster     one default setting
each in a process of its own. Printed: whole-process seconds, peak memory,
B-cubed and pairwise F1, and the ratios to tongtang. Needs Debian's
python3-jieba and python3-sklearn; without them it says so and ends with 0.
"""
import argparse, gzip, json, os, subprocess, sys, tempfile, time
from collections import Counter

PEERS = ["jieba+agglomerative", "jieba+dbscan"]


def read(path, n=None):
    opener = gzip.open if path.endswith(".gz") else open
    rows = []
    with opener(path, "rt", encoding="utf-8-sig") as f:
        for line in f:
            if line.strip():
                rows.append(json.loads(line))
                if n and len(rows) == n:
                    break
    return rows


def figures(gold, pred):
    gold = [g if g else ("alone", i) for i, g in enumerate(gold)]
    pred = [p if p not in (None, "", -1) else ("alone", i) for i, p in enumerate(pred)]
    cg, cp, both = Counter(gold), Counter(pred), Counter(zip(gold, pred))
    n = len(gold)
    precision = sum(v * v / cp[b] for (_, b), v in both.items()) / n
    recall = sum(v * v / cg[a] for (a, _), v in both.items()) / n
    pairs = lambda c: sum(v * (v - 1) // 2 for v in c.values())
    tp, fp, fn = pairs(both), pairs(cp), pairs(cg)
    f1 = lambda p, r: 2 * p * r / (p + r) if p + r else 0.0
    return f1(precision, recall), f1(tp / fp if fp else 1.0, tp / fn if fn else 1.0)


def union(n, pairs):
    parent = list(range(n))

    def find(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in pairs:
        a, b = find(a), find(b)
        if a != b:
            parent[b] = a
    return [find(i) for i in range(n)]


def average_linkage(n, edges, threshold):
    """Best-first average linkage on a sparse graph; a missing edge counts 0."""
    import heapq

    links = [dict() for _ in range(n)]
    for a, b, s in edges:
        links[a][b] = links[b][a] = s
    size, parent, heap = [1] * n, list(range(n)), []
    for a in range(n):
        for b, s in links[a].items():
            if a < b and s >= threshold:
                heap.append((-s, a, b, 1, 1))
    heapq.heapify(heap)
    while heap:
        _, a, b, sa, sb = heapq.heappop(heap)
        if parent[a] != a or parent[b] != b or size[a] != sa or size[b] != sb:
            continue
        if len(links[a]) < len(links[b]):
            a, b = b, a
        parent[b] = a
        size[a] += size[b]
        for c, s in links[b].items():
            if c != a:
                links[c].pop(b, None)
                links[a][c] = links[a].get(c, 0.0) + s
        links[a].pop(b, None)
        links[b] = {}
        for c, s in links[a].items():
            links[c][a] = s
            mean = s / (size[a] * size[c])
            if mean >= threshold:
                x, y = min(a, c), max(a, c)
                heapq.heappush(heap, (-mean, x, y, size[x], size[y]))
    return union(n, [(parent[i], i) for i in range(n)])


def peer(name, path, n):
    import jieba, logging
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize
    from scipy.sparse import hstack

    jieba.setLogLevel(logging.ERROR)
    rows = read(path, n)
    texts, gold = [r["text"] for r in rows], [r.get("label") for r in rows]
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, sublinear_tf=True, lowercase=True).fit_transform(texts)
    chars = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    x = normalize(hstack([words * 0.5**0.5, chars * 0.5**0.5]).tocsr()).astype("float32")
    edges = {}
    xt = x.T.tocsr()
    for start in range(0, len(rows), 500):
        block = (x[start : start + 500] @ xt).tocsr()
        for i in range(block.shape[0]):
            a, b = block.indptr[i], block.indptr[i + 1]
            near = sorted(zip(-block.data[a:b], block.indices[a:b]))[:16]
            for s, j in near:
                if j != start + i and -s > 0.2:
                    edges[min(start + i, j), max(start + i, j)] = float(-s)
    edges = [(a, b, s) for (a, b), s in edges.items()]
    best = (-1.0, 0.0, None)
    for step in range(6, 17):
        threshold = step / 20
        if name == "jieba+dbscan":
            # DBSCAN with two points to a core is single linkage: the connected parts.
            labels = union(len(rows), [(a, b) for a, b, s in edges if s >= threshold])
        else:
            labels = average_linkage(len(rows), edges, threshold)
        b3, pair = figures(gold, labels)
        if b3 > best[0]:
            best = (b3, pair, threshold)
    print(json.dumps({"b3": best[0], "pair": best[1], "threshold": best[2]}))


def measured(command):
    """Runs a command; seconds, peak bytes and its standard output."""
    began = time.monotonic()
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    if status != 0:
        raise SystemExit("%s ended with %d" % (" ".join(command), status))
    return time.monotonic() - began, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("items")
    ap.add_argument("--sizes", default="10000,50000,100000")
    ap.add_argument("--tongtang", default="./tongtang", help="the built binary (go build ./cmd/tongtang)")
    ap.add_argument("--json")
    ap.add_argument("--peer", help=argparse.SUPPRESS)
    ap.add_argument("--n", type=int, help=argparse.SUPPRESS)
    o = ap.parse_args()
    try:
        import jieba, sklearn  # noqa: F401
    except ImportError as e:
        print("skipped: %s (apt-get install python3-jieba python3-sklearn)" % e)
        return
    if o.peer:
        return peer(o.peer, o.items, o.n)
    report = []
    print("%-22s %8s %9s %9s %9s %7s %7s %8s" % ("", "items", "seconds", "cpu s", "MB", "B3 F1", "pair F1", "x slower"))
    for n in map(int, o.sizes.split(",")):
        with tempfile.TemporaryDirectory() as tmp:
            part, out = os.path.join(tmp, "in.jsonl"), os.path.join(tmp, "out.jsonl")
            rows = read(o.items, n)
            if len(rows) < n:
                print("%d items asked for, the file has %d" % (n, len(rows)))
                continue
            with open(part, "w", encoding="utf-8") as f:
                for r in rows:
                    f.write(json.dumps(r, ensure_ascii=False) + "\n")
            seconds, peak, cpu, _ = measured([o.tongtang, "cluster", "--in", part, "--out", out])
            b3, pair = figures([r.get("label") for r in rows], [r["cluster"] for r in read(out)])
            ours = {"name": "tongtang cluster", "items": n, "seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak, "b3": b3, "pair": pair}
            lines = [ours]
            for name in PEERS:
                seconds, peak, cpu, text = measured([sys.executable, __file__, part, "--peer", name, "--n", str(n)])
                lines.append({"name": name, "items": n, "seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak, **json.loads(text)})
            for l in lines:
                l["times_slower"] = l["seconds"] / ours["seconds"]
                print("%-22s %8d %9.1f %9.1f %9.0f %7.4f %7.4f %8.1f" % (
                    l["name"], n, l["seconds"], l["cpu_seconds"], l["peak_bytes"] / 1e6, l["b3"], l["pair"], l["times_slower"]), flush=True)
            report += lines
    if o.json:
        with open(o.json, "w", encoding="utf-8") as f:
            json.dump(report, f, indent=2)


if __name__ == "__main__":
    main()
