"""Words that decide whether a dotted name is a host, a file or a piece of code."""

FILES = frozenset(
    {
        "7z", "apk", "asp", "aspx", "bat", "bin", "bmp", "c", "cab", "cfg", "cgi", "chm", "class", "cmd", "cpl",
        "cpp", "cs", "csv", "dat", "dll", "dmg", "doc", "docm", "docx", "drv", "elf", "eml", "exe", "gif", "go",
        "h", "hta", "htm", "html", "ico", "img", "ini", "ioc", "iso", "jar", "java", "jpeg", "jpg", "js", "jse",
        "json", "jsp", "lnk", "log", "msg", "msi", "ocx", "pcap", "pdf", "php", "png", "ppt", "pptx", "ps1", "psm1",
        "rar", "rtf", "scr", "swf", "sys", "tmp", "txt", "vbe", "vbs", "wsf", "xls", "xlsm", "xlsx", "xml", "yar",
        "yara",
    }
)  # fmt: skip

MAYBE_FILES = frozenset(
    {
        "md", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip",
    }
)  # fmt: skip
"""Endings that are file types and top-level domains."""

NOT_NAMES = frozenset(
    {
        "c", "class", "cs", "go", "h", "java", "log", "tmp",
    }
)  # fmt: skip
"""File types too common in prose and code to be worth a file name."""

NO_HOSTS = frozenset(
    {
        "ado.net", "asp.net", "b.net", "microsoft.net", "ml.net", "next.js", "node.js", "paint.net", "socket.io",
        "system.net", "vb.net", "vue.js",
    }
)  # fmt: skip

PACKAGES = frozenset(
    {
        "android", "com", "edu", "io", "java", "javax", "net", "org",
    }
)  # fmt: skip

OBJECTS = frozenset(
    {
        "args", "console", "document", "event", "math", "obj", "os", "process", "request", "response", "self",
        "string", "sys", "system", "this", "window",
    }
)  # fmt: skip
"""First words of names in program code."""

DETECTIONS = frozenset({"backdoor", "msil", "trojan", "w32", "w64", "win32", "win64", "worm"})
"""Words of antivirus names, such as Trojan.Win32.Agent.as."""
