"""The user's handlers for this machine's processor, as Lambda wants them: what `cargo test` has built anyway, stripped and zipped."""

import shutil
import subprocess
import zipfile

from outside import place


def package(pipeline):
    """The zip of one system's handlers. The ARM64 program is judged by the checks `package`, `arm64` and `ministack`."""
    manifest = place.PROJECT / "specs" / pipeline / "Cargo.toml"
    subprocess.run(["cargo", "build", "--quiet", "--manifest-path", manifest, "--workspace", "--bin", pipeline], check=True)
    folder = place.scratch(f"native-{pipeline}")
    program = folder / "bootstrap"
    shutil.copy(place.TARGET / "debug" / pipeline, program)
    subprocess.run(["strip", program], check=True)
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    path = folder / f"{pipeline}.zip"
    with zipfile.ZipFile(path, "w", compresslevel=1) as archive:
        archive.writestr(entry, program.read_bytes())
    return path
