"""What other programs and systems leave beside pictures: names that are passed over, by program.

Patterns are those of gitignore(5) for one name, without regard to case; a pattern that ends with a
slash is for folders only, and a ``#`` at its beginning needs a backslash. The last pattern that
matches gives the reason, so the general ones come first. Folders that only *may* hold what people
do not want (``Originals``, ``[Originals]``) are not in the list: people's pictures are in there. A
landing root's ``include`` takes any of it in all the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LeftBy:
    """Names that one program or system leaves: what they are, in words, and who says so."""

    what: str
    patterns: tuple[str, ...]
    source: str


UNFINISHED = (
    *(".part", ".partial", ".filepart", ".tmp", ".temp", ".download", ".crdownload"),
    *(".opdownload", ".ucdownload", ".fdmdownload", ".aria2", ".ytdl", ".!qb", ".!ut", ".!bt"),
    *(".bc!", ".az!", ".jc!", ".!sync", ".bts", ".driveupload", ".drivedownload", ".icloud"),
    *(".td", ".xltd", ".part.met"),
)
"""Ends of names under which browsers, download and sync programs write, in lower case."""

LEFT_BY_PROGRAMS = (
    LeftBy("a hidden name", (".*",), "POSIX shells, file managers"),
    LeftBy(
        "an unfinished download or copy",
        (
            *(f"*{suffix}" for suffix in UNFINISHED),
            *("*.ocTransferId*", "~syncthing~*", ".syncthing.*", "Unconfirmed *.crdownload"),
        ),
        "Firefox, Chrome, Safari, Opera, wget, WinSCP, FileZilla, rclone, yt-dlp, aria2, "
        "qBittorrent, uTorrent, Vuze, BitComet, FlashGet, Thunder, eMule, Free Download Manager, "
        "Resilio, Google Drive, iCloud, Nextcloud (ocTransferId), Syncthing (docs: Syncing)",
    ),
    LeftBy(
        "a backup, lock or temporary copy of another program",
        (
            *("*~", "~$*", "*.bak", "*.lock", "*.lck", "*.swp", "*.swo"),
            *("*_original", "*_exiftool_tmp", "*.pspautosave"),
        ),
        "Emacs, Microsoft Office, vim, digiKam; exiftool documentation: -overwrite_original",
    ),
    LeftBy(
        "Windows' own",
        (
            *("Thumbs.db", "Thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db"),
            *("desktop.ini", "autorun.inf", "System Volume Information/", "$RECYCLE.BIN/"),
            *("RECYCLER/", "RECYCLED/", "FOUND.[0-9][0-9][0-9]/", "*.lnk", "*.url"),
        ),
        "github.com/github/gitignore Global/Windows.gitignore",
    ),
    LeftBy(
        "macOS' own",
        (
            *("Icon[\r]", "._*", ".DS_Store", "__MACOSX/", "Network Trash Folder/"),
            *("Temporary Items/", "TheFindByContentFolder/", "TheVolumeSettingsFolder/"),
            *("*.webloc", "*.inetloc"),
        ),
        "github.com/github/gitignore Global/macOS.gitignore",
    ),
    LeftBy(
        "Linux' own",
        ("lost+found/", ".Trash-*/", ".fuse_hidden*", ".nfs*", ".directory"),
        "github.com/github/gitignore Global/Linux.gitignore",
    ),
    LeftBy(
        "a snapshot of a file server",
        (
            *(r"\#snapshot/", "~snapshot/", ".snapshot/", ".snapshots/", ".zfs/"),
            *("@Recently-Snapshot/", "@GMT-*/"),
        ),
        "Synology, NetApp, ZFS, Samba (vfs_shadow_copy2), QNAP; kopia/kopia#3785",
    ),
    LeftBy(
        "a recycle bin of a file server",
        (r"\#recycle/", "@Recycle/", ".recycle/", "@sharebin/", "trashbox/", "Recycle.Bin/"),
        "Synology, QNAP, Samba (vfs_recycle), Buffalo",
    ),
    LeftBy(
        "a file server's own",
        (
            *("@eaDir/", "@tmp/", "@SynoResource", "*@SynoResource", "*@SynoEAStream"),
            *("*@SynoThumb", r"\#SynoRecycle/", "@__thumb/", ".@__thumb/", ".@__qini/"),
            *(".smbdelete*", ".AppleDouble/", "@Database/", "@appstore/", "@docker/"),
        ),
        "Synology, QNAP, Samba, netatalk; immich-app/immich#15773, jonaswinkler/paperless-ng#191",
    ),
    LeftBy(
        "a Photos library, which its own program keeps in order: export the pictures from there",
        (
            *("*.photoslibrary/", "*.photolibrary/", "*.migratedphotolibrary/"),
            *("*.aplibrary/", "*.theater/", "*.photoboothlibrary/", "*.tvlibrary/"),
        ),
        "Apple Photos, iPhoto, Aperture, Photo Booth; photoprism/photoprism#4921",
    ),
    LeftBy(
        "a catalog or preview of a photo program",
        (
            *("*.lrdata/", "*.lrcat", "*.lrcat-*", "*.lrcat.lock", "*.lrlibrary/", "*.lrmprev"),
            *("*.cocatalog/", "*.cocatalogdb", "*.cosessiondb", "CaptureOne/", "*.cop", "*.cot"),
            *("Picasa.ini", ".picasa.ini", ".picasaoriginals/", "*.pidb"),
            *("digikam4.db*", "thumbnails-digikam.db*", "recognition.db*", "similarity.db*"),
            *(".dtrash/", "ZbThumbnail.info", "pspbrwse.jbf", "*.jbf", "*.thumbnails"),
            *("thumbs/", "thumbnails/", ".thumbnails/", ".thumb/", "encoded-video/"),
        ),
        "Lightroom, Capture One, Picasa, digiKam, Zoner, Paint Shop Pro, ACDSee, freedesktop.org "
        "thumbnail specification, Immich (docs: External libraries, exclusion patterns)",
    ),
    LeftBy(
        "older versions that a sync program keeps",
        (".stversions/", ".stfolder/", ".dropbox.cache/", ".sync/", ".owncloudsync.log"),
        "Syncthing (docs: File Versioning), Dropbox, Resilio, ownCloud",
    ),
    LeftBy("says what is passed over in its folder", (".mediaignore",), "this system"),
)
