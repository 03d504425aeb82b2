"""What docs/latency.md says of numbers, measured and simulated."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from tests.contracts.documents import ROOT
from tests.quotes.numbers import RESULTS
from tests.quotes.quote import Page, Quote, Said

ENGINE = "cpu-engine-fp32"
CPU, GPU = "intel-r-xeon-r-processor-x86-64.v1.csv", "nvidia-h100-80gb-hbm3.v1.csv"
BASELINES = ("bisenet", "df1_seg_d8", "fasterseg", "squeezenas")
STAGES = tuple(f"supertickets/{stage}" for stage in ("supernet", "subnet", "masked", "shrunk"))


@cache
def lines(name: str) -> Sequence[Mapping[str, str]]:
    with (RESULTS / "latency" / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def fps(file: str, network: str, variant: str, column: str = "median") -> float:
    """Frames per second of a network run in one way, or the printed ones."""
    [found] = [
        line for line in lines(file) if (line["network"], line["variant"], line["metric"]) == (network, variant, "fps")
    ]
    return float(found[column])


def ratio(file: str, baseline: str, variant: str) -> float:
    """How many times as fast as a baseline the masked ticket is, both run in the same way."""
    return fps(file, "supertickets/masked", variant) / fps(file, baseline, variant)


def measured(file: str) -> list[str]:
    """Ways in which the file has the masked ticket and all baselines measured."""
    done = {(line["network"], line["variant"]) for line in lines(file) if line["status"] == "measured"}
    ways = dict.fromkeys(line["variant"] for line in lines(file))
    return [way for way in ways if all((net, way) in done for net in (*BASELINES, "supertickets/masked"))]


def simulated(network: str, rules: str, column: str) -> float:
    [found] = [line for line in lines("accelerator.v1.csv") if (line["network"], line["rules"]) == (network, rules)]
    return float(found[column])


def speedup(baseline: str, rules: str, multipliers: int) -> float:
    """How many times as fast as a baseline the half-empty ticket is on one array."""
    wanted = {
        "rules": rules, "multipliers": str(multipliers), "distribution_bandwidth": "128", "sparsity_percent": "50",
        "against": baseline, "clock_mhz": "500.0000",
    }  # fmt: skip
    [found] = [
        line for line in lines("accelerator-sensitivity.v1.csv") if all(line[key] == wanted[key] for key in wanted)
    ]
    return float(found["speedup"])


def each(file: str, way: str, networks: Sequence[str]) -> list[Said]:
    return [fps(file, network, way) for network in networks]


def timed() -> Iterator[Quote]:
    for name, way in (
        ("torch, fp32, NCHW", "cpu-torch-fp32-nchw"),
        ("torch, bf16, NHWC", "cpu-torch-bf16-nhwc"),
        ("ONNX Runtime, fp32", "cpu-onnxruntime-fp32"),
        ("OpenVINO, fp32", "cpu-openvino-fp32"),
        ("the engine, fp32", ENGINE),
    ):
        yield Quote(f"| {name} |" + " {:.2f} |" * 4, lambda way=way: each(CPU, way, STAGES))
    yield Quote(
        "| torch, CSR products, fp32 | none | none | {:.2f} | {:.2f} |",
        lambda: each(CPU, "cpu-sparse-csr-fp32", STAGES[2:]),
    )
    yield Quote(
        "The search makes the net {:.0f} to {:.0f} times as fast on dense kernels",
        lambda: [limit(fps(CPU, STAGES[1], w) / fps(CPU, STAGES[0], w) for w in dense()) for limit in (min, max)],
    )
    yield Quote(
        "masked ticket is {:.2f} to {:.2f} times as fast (ONNX Runtime: BiSeNet {:.2f}, DF1-Seg-d8 {:.2f}, FasterSeg "
        "{:.2f}, SqueezeNAS {:.2f})",
        lambda: [
            *(limit(ratio(CPU, net, way) for net in BASELINES for way in measured(CPU)) for limit in (min, max)),
            *(ratio(CPU, net, "cpu-onnxruntime-fp32") for net in BASELINES),
        ],
    )
    yield Quote(
        "it runs the subnet {:.1f} and the masked ticket {:.1f} times as fast as ONNX Runtime, and {:.1f} and {:.1f} "
        "times as fast as OpenVINO",
        lambda: [
            fps(CPU, net, ENGINE) / fps(CPU, net, f"cpu-{other}-fp32")
            for other in ("onnxruntime", "openvino")
            for net in STAGES[1:3]
        ],
    )
    yield Quote(
        "Against baselines that ONNX Runtime runs the masked ticket is then {:.2f} to {:.2f} times as fast, against "
        "baselines that OpenVINO runs {:.2f} to {:.2f} times",
        lambda: [
            limit(fps(CPU, STAGES[2], ENGINE) / fps(CPU, net, f"cpu-{other}-fp32") for net in BASELINES)
            for other in ("onnxruntime", "openvino")
            for limit in (min, max)
        ],
    )
    yield Quote(
        "| fp32, NCHW |" + " {:.0f} ({:.1f}) |" * 4 + " {:.0f} | {:.0f} | {:.0f} ({:.1f}) | {:.0f} |",
        lambda: [
            *(
                fps(GPU, net, "cuda-torch-fp32-nchw", column)
                for net in BASELINES
                for column in ("median", "paper_value")
            ),
            *(fps(GPU, stage, "cuda-torch-fp32-nchw") for stage in STAGES[:3]),
            fps(GPU, "supertickets/masked", "cuda-torch-fp32-nchw", "paper_value"),
            fps(GPU, "supertickets/shrunk", "cuda-torch-fp32-nchw"),
        ],
    )
    for kind in ("fp16", "bf16"):
        yield Quote(
            f"| {kind}, NHWC |" + " {:.0f} |" * 8,
            lambda kind=kind: each(GPU, f"cuda-torch-{kind}-nhwc", (*BASELINES, *STAGES)),
        )
    yield Quote(
        "in fp32 eager torch runs the ticket at {:.2f} to {:.2f} times the baselines' speed.",
        lambda: [limit(ratio(GPU, net, "cuda-torch-fp32-nchw") for net in BASELINES) for limit in (min, max)],
    )
    yield Quote(
        "slows the ticket down ({:.0f} to {:.0f} frames per second).",
        lambda: [fps(GPU, "supertickets/masked", f"cuda-torch-{way}") for way in ("fp32-nchw", "fp16-nhwc")],
    )


def dense() -> list[str]:
    """Ways of the CPU in which the whole supernet was measured, all but the engine, which leaves out zeros."""
    return [
        line["variant"]
        for line in lines(CPU)
        if (line["network"], line["metric"], line["status"]) == (STAGES[0], "fps", "measured")
        and line["variant"] != ENGINE
    ]


def accelerated() -> Iterator[Quote]:
    yield Quote(
        "| the paper, array not stated |" + " {:.2f} |" * 4,
        lambda: [simulated(net, "sigma", "paper_speedup_of_ticket") for net in BASELINES],
    )
    for words, rules, multipliers in (
        ("SIGMA as published: 16,384 multipliers, 128 words per cycle", "sigma", 16384),
        ("nearest of the 15 arrays tried: 1024 multipliers, 128 words", "sigma", 1024),
        ("STONNE's rules: 256 multipliers, 128 words", "stonne", 256),
    ):
        yield Quote(
            f"| {words} |" + " {:.2f} |" * 4,
            lambda rules=rules, multipliers=multipliers: [speedup(net, rules, multipliers) for net in BASELINES],
        )
    nets = (*BASELINES, "supertickets")
    yield Quote(
        "| printed |" + " {:.1f} |" * 5, lambda: [simulated(net, "sigma", "paper_accelerator_ms") for net in nets]
    )
    yield Quote(
        "| simulated | {:.1f} | {:.1f} | {:.1f} | {:.1f} (183.8 at 1024x2048) | {:.1f} |",
        lambda: [simulated(net, "stonne", "accelerator_ms") for net in nets],
    )
    yield Quote(
        "With 1024 multipliers three of the four ratios come within 30 % of the printed ones",
        holds=lambda: (
            sum(
                abs(speedup(net, "sigma", 1024) / simulated(net, "sigma", "paper_speedup_of_ticket") - 1) <= 0.3
                for net in BASELINES
            )
            == 3
        ),
    )


PAGE = Page(
    ROOT / "docs" / "latency.md",
    [*timed(), *accelerated()],
    plain=(
        "512x1024", "1024x2048", "AVX-512", r"constructed ticket \(50 % zeros\)", "more than 50 % zeros", "Tab. 10",
        "[Bb]atch 1", "1.9 to 2.9 that Tab. 10", "claim of 2.9 to 4.1", "16,384 multipliers",
        "printed 3.74, 3.76, 2.95 and 4.11",
        "256 multipliers, 128 words per cycle, 500 MHz", "0 to 98 % sparsity",
    ),
    first="## What unstructured sparsity buys, and what not",
)  # fmt: skip
