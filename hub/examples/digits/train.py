"""Trains digit_reader on scikit-learn's 1,797 digits and writes the release's weights and a sample.

    .venv/bin/pip install scikit-learn
    .venv/bin/python hub/examples/digits/train.py --release hub/examples/digits_release --sample hub/examples/seven.pt

Takes some seconds. With torch 2.13.0 on one kind of processor the file comes out the same to the byte,
so its name, which holds the first 8 digits of its SHA-256, does too.
"""

import argparse
import hashlib
import io
import pathlib

import torch
from sklearn.datasets import load_digits
from torch import nn

from digit_reader.network import DigitReader

WIDTH = 32
EPOCHS = 60
HELD_OUT = 297


def accuracy(model, images, digits):
    with torch.no_grad():
        return (model(images).argmax(1) == digits).float().mean().item()


def train(images, digits):
    model = DigitReader(WIDTH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, epochs=EPOCHS, steps_per_epoch=len(images) // 50)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(50):
            loss = nn.functional.cross_entropy(model(images[batch]), digits[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=pathlib.Path, required=True, help="folder for the weights")
    parser.add_argument("--sample", type=pathlib.Path, required=True, help="file for one held-out image of a 7")
    options = parser.parse_args()

    torch.manual_seed(7)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32)
    digits = torch.tensor(data.target)
    model = train(images[:-HELD_OUT], digits[:-HELD_OUT])
    print(f"held-out accuracy {accuracy(model, images[-HELD_OUT:], digits[-HELD_OUT:]):.4f}")

    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    options.release.mkdir(parents=True, exist_ok=True)
    weights = options.release / f"digit_reader-{digest[:8]}.pth"
    weights.write_bytes(buffer.getvalue())
    print(f"{weights} ({len(buffer.getvalue())} bytes)")

    sevens = (digits[-HELD_OUT:] == 7).nonzero()
    torch.save(images[-HELD_OUT:][sevens[0]].clone(), options.sample)


if __name__ == "__main__":
    main()
